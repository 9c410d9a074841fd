// Gzip as the text comes, so that the plain text never has to be in memory as a whole.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace authprobe::metrics {

class GzipWriter {
 public:
  GzipWriter();
  ~GzipWriter();
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;

  void add(std::string_view text);
  // The whole gzip member (RFC 1952). To be called once, after the last add().
  std::string finish();

 private:
  class Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace authprobe::metrics
