#include "exporter/import/configuration.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "exporter/config/field.h"
#include "exporter/config/load.h"
#include "exporter/config/toml_writer.h"
#include "exporter/wire/text.h"
#include "exporter/wire/url.h"

namespace authprobe::importing {
namespace {

using config::quoted;

constexpr int kMostRounds = 50;  // of taking out what is refused
constexpr std::size_t kLongestName = 100;
constexpr const char* kNotReferred = " (--with-references refers to it instead)";

// Letters, digits, '_', '.' and '-'; others become '-', once.
std::string name_of(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool is_plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-';
    if (is_plain) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (!name.empty() && std::isalnum(static_cast<unsigned char>(name.front())) == 0) name.erase(0, 1);
  name.resize(std::min(name.size(), kLongestName));
  while (!name.empty() && (name.back() == '-' || name.back() == '.')) name.pop_back();
  return name;
}

// "name", "name-2", "name-3": in the order of the source.
class Names {
 public:
  std::string unique(const std::string& wanted, const std::string& otherwise) {
    const std::string base = wanted.empty() ? otherwise : wanted;
    std::string name = base;
    std::size_t& next = next_.try_emplace(base, 2).first->second;
    while (!taken_.insert(name).second) name = base + '-' + std::to_string(next++);
    return name;
  }

 private:
  std::set<std::string> taken_;
  std::map<std::string, std::size_t> next_;
};

std::string usual_name(const ImportedRequest& request) {
  const auto url = wire::Url::parse(request.url);
  if (!url) return "target";
  std::string text(url->authority());
  text += url->path() == "/" ? std::string_view() : url->path();
  return name_of(text);
}

// The hosts that the credential is for: of its targets, and of what hands out its tokens.
void add_hosts(const ImportedRequest& request, std::set<std::string>& hosts) {
  hosts.insert(request.list_hosts.begin(), request.list_hosts.end());
  const auto add = [&](const std::string& text) {
    if (const auto url = wire::Url::parse(text)) hosts.emplace(url->authority());
  };
  add(request.url);
  const auto token_url = request.credential.values.find("token_url");
  if (token_url != request.credential.values.end()) add(token_url->second.substr(1, token_url->second.size() - 2));
}

// Without such a key, the credential would go another way, or to another server.
bool is_of_the_way(std::string_view key) {
  return key.find("proxy") != std::string_view::npos || key == "resolve" || key == "unix_socket" ||
         key.starts_with("tls.");
}

struct Line {
  std::string key;  // empty: the header of a table
  std::string text;
  bool may_go = false;  // without it, the target still means the same request
};

struct Block {
  std::string name;
  std::string place;
  std::string credential;  // of a target
  std::vector<Line> lines;
  bool is_credential = false;
  bool is_gone = false;
};

class Writer {
 public:
  Writer(Import& from, std::string file, std::string folder)
      : from_(from), file_(std::move(file)), folder_(std::move(folder)) {}

  Configuration write() {
    for (const ImportedRequest& request : from_.requests) add_credential(request);
    std::vector<std::pair<const ImportedCredential*, const Made*>> in_order;
    for (const auto& [credential, made] : made_) in_order.emplace_back(&credential, &made);
    std::ranges::sort(in_order, {}, [](const auto& one) { return one.second->order; });
    for (const auto& [credential, made] : in_order) add_block(*credential, *made);
    for (const ImportedRequest& request : from_.requests) add_target(request);
    for (int round = 0; round < kMostRounds; ++round) {
      drop_idle_credentials();
      result_.text = render();
      config::LoadResult loaded = config::parse(result_.text, file_);
      result_.ok = loaded.ok();
      result_.findings = std::move(loaded.findings);
      if (result_.ok || !take_out_refused()) break;
    }
    finish();
    return std::move(result_);
  }

 private:
  struct Made {
    std::string name;
    std::string place;
    std::set<std::string> hosts;
    std::size_t order = 0;
  };

  void add_credential(const ImportedRequest& request) {
    if (request.credential.kind.empty()) return;
    auto [found, is_new] = made_.try_emplace(request.credential);
    Made& made = found->second;
    add_hosts(request, made.hosts);
    if (!is_new) return;
    made.order = made_.size();
    const auto url = wire::Url::parse(request.url);
    const std::string host = url ? name_of(url->host()) : "credential";
    made.name = credential_names_.unique(name_of(request.credential_name), host);
    made.place = request.place;
  }

  std::string secret_text(const SecretText& secret, const std::string& credential, const std::string& key,
                          bool is_only) {
    const bool is_reference = secret.kind == SecretText::Kind::env || secret.kind == SecretText::Kind::file;
    if (is_reference && from_.options.references) {
      return (secret.kind == SecretText::Kind::env ? "{ env = " : "{ file = ") + quoted(secret.text) + " }";
    }
    std::string_view last = key;  // of secret_headers.NAME
    if (last.starts_with("secret_")) last.remove_prefix(std::min(last.find('.'), last.size() - 1) + 1);
    const std::string wanted = is_only ? credential : credential + '-' + name_of(last);
    const std::string file = folder_ + '/' + file_names_.unique(wanted, credential);
    const std::string needed = needed_of(secret);
    secrets_[credential].push_back({file, needed.empty() ? secret.text : "", needed});
    return "{ file = " + quoted(file) + " }";
  }

  // What a person has to put into the file; empty: the secret is known. What the source's author names may be any
  // variable or file of ours, and would be sent to any host of theirs.
  static std::string needed_of(const SecretText& secret) {
    switch (secret.kind) {
      case SecretText::Kind::text: break;
      case SecretText::Kind::missing: return shown_line(secret.text);
      case SecretText::Kind::env: return shown_line("the value of the variable " + secret.text + kNotReferred);
      case SecretText::Kind::file: return shown_line("the content of " + secret.text + kNotReferred);
    }
    return {};
  }

  void add_block(const ImportedCredential& credential, const Made& made) {
    Block block{made.name, made.place, "", {}, true, false};
    block.lines.push_back({"", "[credentials." + config::key_text(made.name) + ']'});
    block.lines.push_back({"kind", "kind = " + quoted(credential.kind)});
    for (const auto& [key, value] : credential.values) block.lines.push_back({key, key + " = " + value});
    const bool is_only = credential.secrets.size() == 1;
    for (const auto& [key, secret] : credential.secrets) {
      block.lines.push_back({key, key + " = " + secret_text(secret, made.name, key, is_only)});
    }
    const std::vector<std::string> hosts(made.hosts.begin(), made.hosts.end());
    block.lines.push_back({"hosts", "hosts = " + config::array_text(hosts, quoted)});
    blocks_.push_back(std::move(block));
  }

  void add_target(const ImportedRequest& request) {
    const bool is_list = !request.list_files.empty();
    Names& names = is_list ? list_names_ : target_names_;
    Block block;
    block.name = names.unique(name_of(request.name), is_list ? "list" : usual_name(request));
    block.place = request.place;
    const std::string table = is_list ? "[targets_from." : "[targets.";
    block.lines.push_back({"", table + config::key_text(block.name) + ']'});
    const auto add = [&](const std::string& key, const std::string& value, bool may_go) {
      block.lines.push_back({key, key + " = " + value, may_go});
    };
    if (is_list) {
      add("files", config::array_text(request.list_files, quoted), false);
      if (!request.list_hosts.empty()) add("hosts", config::array_text(request.list_hosts, quoted), false);
    } else {
      add("url", quoted(request.url), false);
    }
    if (request.method != "GET") add("method", quoted(request.method), false);
    for (const auto& [name, value] : request.headers) add("headers." + config::key_text(name), quoted(value), false);
    if (!request.body.empty()) add("body", quoted(request.body), false);
    if (!request.credential.kind.empty()) {
      block.credential = made_.at(request.credential).name;
      add("credential", quoted(block.credential), false);
    }
    for (const auto& [key, value] : request.keys) add(key, value, !is_of_the_way(key));
    blocks_.push_back(std::move(block));
  }

  void drop_idle_credentials() {
    std::set<std::string> used;
    for (const Block& block : blocks_) {
      if (!block.is_gone && !block.credential.empty()) used.insert(block.credential);
    }
    for (Block& block : blocks_) block.is_gone = block.is_gone || (block.is_credential && !used.contains(block.name));
  }

  // Notes which block and line each line of the text is.
  std::string render() {
    std::string text;
    places_.clear();
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      if (blocks_[i].is_gone) continue;
      if (!text.empty()) {
        text += '\n';
        places_.emplace_back(i, 0);
      }
      for (std::size_t line = 0; line < blocks_[i].lines.size(); ++line) {
        text += blocks_[i].lines[line].text + '\n';
        places_.emplace_back(i, line);
      }
    }
    return text;
  }

  // False: there is an error in no block.
  bool take_out_refused() {
    std::set<std::pair<std::size_t, std::size_t>> refused;
    bool is_any = false;
    for (const config::Finding& finding : result_.findings) {
      const std::uint32_t line = finding.position.line;
      if (finding.severity != config::Finding::Severity::error || line == 0 || line > places_.size()) continue;
      const auto place = places_[line - 1];
      is_any = true;
      if (refused.insert(place).second) report(blocks_[place.first], blocks_[place.first].lines[place.second], finding);
    }
    // From the last line of each block, so that the others keep their numbers.
    for (auto place = refused.rbegin(); place != refused.rend(); ++place) {
      Block& block = blocks_[place->first];
      if (block.lines[place->second].may_go) {
        block.lines.erase(block.lines.begin() + static_cast<std::ptrdiff_t>(place->second));
      } else {
        drop(block);
      }
    }
    return is_any;
  }

  void report(const Block& block, const Line& line, const config::Finding& finding) {
    const std::string hint = finding.hint.empty() ? "" : " (" + finding.hint + ')';
    const std::string what = line.may_go ? block.name + ": " + line.key : block.name;
    const std::string why = (line.may_go || line.key.empty() ? "" : line.key + ' ') + finding.rule + hint;
    from_.leave_out(block.place, what, why);
  }

  // With a credential go its targets: none of them would be what it was.
  void drop(Block& block) {
    block.is_gone = true;
    if (!block.is_credential) return;
    for (Block& target : blocks_) {
      if (target.is_gone || target.credential != block.name) continue;
      target.is_gone = true;
      from_.leave_out(target.place, target.name, "its credential is not carried");
    }
  }

  void finish() {
    for (const Block& block : blocks_) {
      if (block.is_gone) continue;
      ++(block.is_credential ? result_.credentials : result_.targets);
      if (block.is_credential) {
        for (auto& secret : secrets_[block.name]) result_.secrets.push_back(std::move(secret));
      }
    }
  }

  Import& from_;
  std::string file_;
  std::string folder_;
  std::map<ImportedCredential, Made> made_;
  Names credential_names_, target_names_, list_names_, file_names_;
  std::vector<Block> blocks_;
  std::map<std::string, std::vector<Configuration::SecretFile>> secrets_;  // by credential
  std::vector<std::pair<std::size_t, std::size_t>> places_;                // block and line of each line of the text
  Configuration result_;
};

}  // namespace

Configuration configuration_of(Import& from, const std::string& file, const std::string& folder) {
  return Writer(from, file, folder).write();
}

}  // namespace authprobe::importing
