// Users of the web server and their passwords, which are kept as bcrypt hashes.
#pragma once

#include <array>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "exporter/web/web_settings.h"

namespace authprobe::web {

// Why `hash` is no bcrypt hash that can be used; empty: it is one.
std::string problem_of_hash(std::string_view hash);

class Users {
 public:
  explicit Users(std::vector<User> users);

  bool empty() const { return users_.empty(); }

  // Whether this password was found to be right before: cheap, so that a scraper pays for bcrypt once.
  bool remembers(std::string_view name, std::string_view password) const;

  // Takes as long as bcrypt takes with the highest cost of all users, whether the user exists or not: nobody learns
  // from the time which names there are. Any thread.
  bool check(std::string_view name, std::string_view password);

 private:
  using Digest = std::array<char, 32>;
  struct DigestHash {
    std::size_t operator()(const Digest& digest) const;
  };
  const User* find(std::string_view name) const;
  Digest digest_of(std::string_view name, std::string_view password) const;

  std::vector<User> users_;
  std::string nobodys_hash_;  // what is compared for a name that does not exist
  Digest key_;                // of the digests; random, so that they are worth nothing outside of this process
  mutable std::mutex mutex_;
  std::unordered_set<Digest, DigestHash> right_;
};

}  // namespace authprobe::web
