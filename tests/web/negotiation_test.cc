#include "exporter/web/negotiation.h"

#include <gtest/gtest.h>

namespace authprobe::web {
namespace {

TEST(AcceptsGzip, WhereItIsNamedWithAWeightAboveZero) {
  for (const char* header : {"gzip", "GZIP", "x-gzip", "deflate, gzip", "gzip;q=0.001", "gzip ; q=1.0",
                             "br;q=1,gzip;q=.5", "*", "identity, *;q=0.1", "gzip, *;q=0", "gzip;Q=1", ",,gzip,"}) {
    EXPECT_TRUE(accepts_gzip(header)) << header;
  }
  for (const char* header : {"", "identity", "deflate, br", "gzip;q=0", "gzip; q=0.000", "gzip;q=0.", "gzip;Q=0",
                             "*;q=0", "gzip;q=0, *", "gzipped", "identity;gzip", ";,;"}) {
    EXPECT_FALSE(accepts_gzip(header)) << header;
  }
}

}  // namespace
}  // namespace authprobe::web
