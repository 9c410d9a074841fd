#include "exporter/http/curl_memory.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "exporter/wire/file_descriptor.h"

namespace authprobe::http {
namespace {

// What is at an address of this process, which may have been freed: read as another process would, past the allocator.
std::string memory_at(const void* address, std::size_t size) {
  const wire::FileDescriptor memory(open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
  std::string content(size, '\0');
  const auto offset = static_cast<off_t>(reinterpret_cast<std::uintptr_t>(address));
  content.resize(static_cast<std::size_t>(std::max<ssize_t>(0, pread(memory.get(), content.data(), size, offset))));
  return content;
}

// The allocator writes into the first bytes of what is free, so they are left out.
TEST(CurlMemoryTest, IsOverwrittenBeforeItIsFreed) {
  const CurlLibrary library;
  const std::string secret(600, 's');
  char* const copy = curl_easy_escape(nullptr, secret.data(), static_cast<int>(secret.size()));
  ASSERT_EQ(memory_at(copy, secret.size()), secret);
  curl_free(copy);
  const std::string left = memory_at(copy, secret.size());
  ASSERT_EQ(left.size(), secret.size());
  EXPECT_EQ(left.find("ssss", 64), std::string::npos);
}

}  // namespace
}  // namespace authprobe::http
