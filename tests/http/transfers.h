// The language of these tests: a TransferSet, requests that differ from a plain one in what the test is about, and
// their responses.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "exporter/http/transfer_set.h"

namespace authprobe::http_test {

using namespace std::chrono_literals;
using http::Phase;
using http::Request;
using http::Response;
using http::TransportError;
using testing::HasSubstr;
using testing::Not;

inline Request request_to(const std::string& url, config::Connection connection = {}) {
  Request request;
  request.url = http::prepared(wire::Url(url));
  request.user_agent = "authprobe/test";
  request.connection = std::make_shared<const config::Connection>(std::move(connection));
  request.timeout = 5s;
  return request;
}

inline double seconds_of(const Response& response, Phase phase) {
  return response.phase_seconds[static_cast<std::size_t>(phase)];
}

// The value of the first header of that name; "" where there is none.
inline std::string header_of(const Response& response, const std::string& name) {
  const auto found = std::find_if(response.headers.begin(), response.headers.end(),
                                  [&](const auto& header) { return header.first == name; });
  return found == response.headers.end() ? "" : found->second;
}

class Transfers {
 public:
  explicit Transfers(const http::TransferSet::Options& options = {}) : set(options) {}

  Response response_to(Request request) {
    set.start(1, std::move(request));
    return next().response;
  }
  Response response_to(const std::string& url, config::Connection connection = {}) {
    return response_to(request_to(url, std::move(connection)));
  }

  // The next transfer to finish, whichever it is.
  http::Finished next() {
    const auto late = std::chrono::steady_clock::now() + 10s;
    while (std::chrono::steady_clock::now() < late) {
      if (http::Finished* finished = set.next_finished()) return std::move(*finished);
      set.wait(late);
    }
    ADD_FAILURE() << "no transfer finished within ten seconds";
    return {};
  }

  http::TransferSet set;
};

class TransferTest : public testing::Test, protected Transfers {};

}  // namespace authprobe::http_test
