#include "exporter/web/users.h"

#include <crypt.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace authprobe::web {
namespace {

// Each step doubles the time: 18 takes about 20 s, far beyond the timeout of a scrape.
constexpr int kMostCost = 17;
constexpr std::size_t kMostRemembered = 100;
constexpr std::size_t kHashSize = 60;  // "$2y$10$", 22 characters of salt, 31 of hash

bool is_digit(char c) {
  return '0' <= c && c <= '9';
}

bool is_base64(char c) {
  return is_digit(c) || ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || c == '.' || c == '/';
}

int cost_of(std::string_view hash) {
  return (hash[4] - '0') * 10 + (hash[5] - '0');
}

// The hash of `password` with the version, cost and salt of `setting`.
std::string bcrypt(std::string_view password, const std::string& setting) {
  const auto data = std::make_unique<crypt_data>();
  const wire::Secret text = wire::Secret::join({password});
  const char* hash = crypt_rn(text.c_str(), setting.c_str(), data.get(), sizeof *data);
  std::string result = hash == nullptr ? "" : hash;
  explicit_bzero(data.get(), sizeof *data);
  return result;
}

}  // namespace

std::string problem_of_hash(std::string_view hash) {
  const bool has_form = hash.size() == kHashSize && hash.starts_with("$2") &&
                        std::string_view("aby").find(hash[2]) != std::string_view::npos && hash[3] == '$' &&
                        is_digit(hash[4]) && is_digit(hash[5]) && hash[6] == '$' &&
                        std::ranges::all_of(hash.substr(7), is_base64);
  if (!has_form || cost_of(hash) < 4 || cost_of(hash) > 31) return "must be a bcrypt hash";
  if (cost_of(hash) > kMostCost) return "must be a bcrypt hash with a cost of at most " + std::to_string(kMostCost);
  return "";
}

Users::Users(std::vector<User> users) : users_(std::move(users)) {
  if (gnutls_rnd(GNUTLS_RND_KEY, key_.data(), key_.size()) != 0) throw std::runtime_error("no random numbers");
  const auto dearest = std::ranges::max_element(users_, {}, [](const User& user) { return cost_of(user.hash); });
  if (dearest != users_.end()) nobodys_hash_ = dearest->hash;
}

const User* Users::find(std::string_view name) const {
  const auto user = std::ranges::find(users_, name, &User::name);
  return user == users_.end() ? nullptr : &*user;
}

bool Users::remembers(std::string_view name, std::string_view password) const {
  if (find(name) == nullptr) return false;
  const Digest digest = digest_of(name, password);
  const std::lock_guard lock(mutex_);
  return right_.contains(digest);
}

bool Users::check(std::string_view name, std::string_view password) {
  const User* const user = find(name);
  const std::string& hash = user == nullptr ? nobodys_hash_ : user->hash;
  const std::string made = bcrypt(password, hash);
  const bool is_same = made.size() == hash.size() && gnutls_memcmp(made.data(), hash.data(), hash.size()) == 0;
  // A user with a cheaper hash is not told apart from nobody either.
  if (cost_of(hash) < cost_of(nobodys_hash_)) bcrypt(password, nobodys_hash_);
  // bcrypt stops at a zero byte, so that what comes behind one would not count.
  if (user == nullptr || !is_same || password.find('\0') != std::string_view::npos) return false;
  const Digest digest = digest_of(name, password);
  const std::lock_guard lock(mutex_);
  if (right_.size() >= kMostRemembered) right_.clear();
  right_.insert(digest);
  return true;
}

Users::Digest Users::digest_of(std::string_view name, std::string_view password) const {
  const wire::Secret text = wire::Secret::join({name, std::string_view("\0", 1), password});
  Digest digest{};
  gnutls_hmac_fast(GNUTLS_MAC_SHA256, key_.data(), key_.size(), text.c_str(), text.size(), digest.data());
  return digest;
}

std::size_t Users::DigestHash::operator()(const Digest& digest) const {
  std::size_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  return hash;
}

}  // namespace authprobe::web
