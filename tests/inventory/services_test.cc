// The lists of the built-in providers, read from the answers that the services' documents show.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/config/provider.h"
#include "exporter/inventory/list_page.h"

namespace authprobe::inventory {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

const WallTime kServicesTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 29));

// The answers of the steps behind each other, each with the names that the one before gives.
ListPage last_page(const config::ProviderInventory& inventory) {
  Names names;
  ListPage page;
  for (std::size_t step = 0; step < inventory.list.steps.size(); ++step) {
    page = read_list_page(inventory.list, step, names, {}, inventory.examples.at(step), kServicesTime);
    EXPECT_THAT(page.problem, IsEmpty());
    if (!page.rows.empty()) names = page.rows.front();
  }
  return page;
}

TEST(Services, ListsAreReadAsTheirDocumentsShowThem) {
  config::Providers providers;
  std::size_t lists = 0;
  for (const std::string& name : providers.names()) {
    for (const config::ProviderInventory& inventory : providers.find(name)->inventories) {
      SCOPED_TRACE(name + ' ' + inventory.list.name);
      ++lists;
      const ListPage page = last_page(inventory);
      ASSERT_THAT(page.entries, Not(IsEmpty()));
      const Entry& last = page.entries.back();
      EXPECT_THAT(last.id, Not(IsEmpty()));
      EXPECT_THAT(last.name, Not(IsEmpty()));
      EXPECT_THAT(last.owner, Not(IsEmpty()));
      EXPECT_EQ(last.created.has_value(), !inventory.list.created.empty());
      EXPECT_EQ(last.ends.has_value(), !inventory.list.ends.empty());
      EXPECT_FALSE(last.is_disabled);
      EXPECT_TRUE(!last.created || !last.ends || *last.created < *last.ends);
    }
  }
  EXPECT_GE(lists, 15u);
}

}  // namespace
}  // namespace authprobe::inventory
