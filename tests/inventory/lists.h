// Lists of secrets as providers' files describe them.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "exporter/config/inventory.h"

namespace authprobe::test {

inline config::ListPlace in_secret(std::string pointer) {
  return {config::ListPlace::From::secret, std::move(pointer)};
}
inline config::ListPlace in_row(std::string pointer) {
  return {config::ListPlace::From::row, std::move(pointer)};
}
inline config::ListPlace of_step(std::string name) {
  return {config::ListPlace::From::step, std::move(name)};
}

inline config::ListStep step(const std::string& url, config::Paging next = {}) {
  config::ListStep step;
  step.url = url;
  step.sample = wire::Url(url.substr(0, url.find('{')));
  step.next = std::move(next);
  return step;
}

// GitLab's: an array of tokens, and a Link header.
inline config::SecretList tokens(config::Paging next = {config::NextPage::link, "", ""}) {
  config::SecretList list;
  list.steps = {step("https://issuer.example/tokens?size=2", std::move(next))};
  list.id = {in_secret("/id")};
  list.title = {in_secret("/name")};
  list.owner = {in_secret("/user")};
  list.created = {in_secret("/created_at")};
  list.ends = {in_secret("/expires_at")};
  list.last_used = {in_secret("/last_used_at")};
  list.disabled = {{{in_secret("/revoked")}, {"true"}}};
  return list;
}

inline config::Inventory inventory_of(config::SecretList list) {
  config::Inventory inventory;
  inventory.name = "tokens";
  inventory.list = std::make_shared<const config::SecretList>(std::move(list));
  return inventory;
}

}  // namespace authprobe::test
