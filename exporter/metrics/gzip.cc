#include "exporter/metrics/gzip.h"

#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>

namespace authprobe::metrics {

// Level 1 takes no more time than level 0 for this text and leaves two thirds of its size; higher levels gain nothing.
class GzipWriter::Stream {
 public:
  Stream() {
    isal_deflate_init(&stream_);
    stream_.gzip_flag = IGZIP_GZIP;
    stream_.level = 1;
    stream_.level_buf = work_.data();
    stream_.level_buf_size = static_cast<std::uint32_t>(work_.size());
  }

  void add(std::string_view text) {
    for (; text.size() > kAtOnce; text.remove_prefix(kAtOnce)) run(text.substr(0, kAtOnce), false);
    run(text, false);
  }

  std::string finish() {
    run({}, true);
    out_.resize(used_);
    return std::move(out_);
  }

 private:
  static constexpr std::size_t kAtOnce = std::size_t{1} << 30;  // the library counts in 32 bits
  static constexpr std::size_t kStep = 256u * 1024;

  void run(std::string_view text, bool last) {
    stream_.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));  // it only reads
    stream_.avail_in = static_cast<std::uint32_t>(text.size());
    stream_.end_of_stream = last ? 1 : 0;
    do {
      if (out_.size() - used_ < kStep) out_.resize(out_.size() + std::max(kStep, out_.size() / 2));
      stream_.next_out = reinterpret_cast<std::uint8_t*>(out_.data() + used_);
      stream_.avail_out = kStep;
      if (isal_deflate(&stream_) != COMP_OK) throw std::logic_error("igzip refused its arguments");
      used_ += kStep - stream_.avail_out;
    } while (stream_.avail_out == 0 || stream_.avail_in > 0);
  }

  isal_zstream stream_{};
  std::array<std::uint8_t, ISAL_DEF_LVL1_MEDIUM> work_{};
  std::string out_;
  std::size_t used_ = 0;
};

GzipWriter::GzipWriter() : stream_(std::make_unique<Stream>()) {}
GzipWriter::~GzipWriter() = default;
void GzipWriter::add(std::string_view text) {
  stream_->add(text);
}
std::string GzipWriter::finish() {
  return stream_->finish();
}

}  // namespace authprobe::metrics
