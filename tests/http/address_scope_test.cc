#include "exporter/http/address_scope.h"

#include <gtest/gtest.h>

namespace authprobe::http {
namespace {

TEST(AddressScope, LoopbackLinkLocalAndPrivateNetworksAreTold) {
  for (const char* address :
       {"0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.0.9", "169.254.169.254", "172.16.0.1",
        "172.31.255.255", "192.168.1.1", "::", "::1", "[::1]", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::a9fe:a9fe", "fe80::1%eth0", "febf::1", "fc00::1", "fd12:3456::1"}) {
    EXPECT_TRUE(is_private(address)) << address;
  }
  for (const char* address : {"1.1.1.1", "100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1", "169.253.0.1",
                              "172.15.0.1", "172.32.0.1", "192.0.2.1", "203.0.113.7", "2001:db8::1", "[2606:4700::1]",
                              "::ffff:203.0.113.7", "64:ff9b::cb00:7107", "fec0::1", "not an address", ""}) {
    EXPECT_FALSE(is_private(address)) << address;
  }
}

}  // namespace
}  // namespace authprobe::http
