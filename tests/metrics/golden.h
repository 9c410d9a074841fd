// Golden texts: what is compared byte for byte with a file in tests/metrics/golden.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/metrics/exposition_text.h"

namespace authprobe::metrics {

inline std::string golden_path(std::string_view name) {
  return std::string(AUTHPROBE_SOURCE_DIR "/tests/metrics/golden/").append(name);
}

// With AUTHPROBE_UPDATE_GOLDEN set the file is written anew instead; look at the difference before committing it.
inline void expect_golden(std::string_view text, std::string_view name) {
  if (std::getenv("AUTHPROBE_UPDATE_GOLDEN") != nullptr) std::ofstream(golden_path(name), std::ios::binary) << text;
  EXPECT_EQ(text, read_file(golden_path(name))) << "differs from " << golden_path(name);
}

}  // namespace authprobe::metrics
