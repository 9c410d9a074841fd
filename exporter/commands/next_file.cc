#include "exporter/commands/next_file.h"

#include <algorithm>
#include <ostream>
#include <utility>

namespace authprobe::commands {
namespace {

using prober::State;

// The one secret that a new one can take the place of; null: there is none, or there are several.
config::SecretSource* only_secret(config::CredentialKind& kind) {
  if (auto* login = std::get_if<config::Login>(&kind)) {
    if (login->jwt) return login->secrets.empty() ? &login->jwt->signing_key : nullptr;
    return login->secrets.size() == 1 ? &login->secrets.front().second : nullptr;
  }
  return config::main_secret(kind);
}

}  // namespace

bool add_next_secret(config::SecretSource source, const std::string& shown, config::Config& config, std::ostream& err) {
  const std::string& name = config.targets.at(0).credential;
  const auto present = std::ranges::find(config.credentials, name, &config::Credential::name);
  if (present == config.credentials.end()) {
    err << "--next-file: target \"" << config.targets[0].name << "\" has no credential\n";
    return false;
  }
  config::Credential next = *present;
  config::SecretSource* secret = only_secret(next.kind);
  if (secret == nullptr) {
    err << "--next-file: credential \"" << name << "\" does not have one secret that a file can replace\n";
    return false;
  }
  *secret = std::move(source);
  next.name = shown;
  next.next.clear();
  next.expiry.lookup = {};
  next.expiry.introspection = {};
  const std::string replaced = std::exchange(present->next, shown);
  std::erase_if(config.credentials, [&](const config::Credential& one) { return one.name == replaced; });
  config.credentials.push_back(std::move(next));
  return true;
}

std::string next_conclusion(const prober::DiagnoseReport& e) {
  if (!e.next) return {};
  const auto refuses = [](State state) { return state == State::unauthorized || state == State::forbidden; };
  const bool answered = e.response.status != 0 && e.next->response.status != 0;
  if (e.state == State::ok && e.next->state == State::ok) return "both are accepted";
  if (e.next->state == State::ok)
    return "the new one is accepted and the present one is not: the present one is the cause";
  if (e.state == State::ok) return "the present one is accepted and the new one is not: do not switch over";
  if (answered && refuses(e.state) && e.response.status == e.next->response.status) {
    return "both are refused with the same status: the secret's value alone is not the cause";
  }
  if (answered && refuses(e.state)) return "both are refused, with different answers: compare them";
  return {};
}

}  // namespace authprobe::commands
