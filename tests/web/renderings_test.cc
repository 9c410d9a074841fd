// Answers that viewers share: one rendering for all, 304 for those who have it.
#include "exporter/web/renderings.h"

#include <gtest/gtest.h>

#include <string>

namespace authprobe::web {
namespace {

class RenderingsTest : public testing::Test {
 protected:
  Response ask(const std::string& path, wire::Headers headers = {}, std::size_t size = 5'000) {
    Request request;
    request.method = "GET";
    request.path = path;
    request.headers = std::move(headers);
    return renderings.answer(request, [&](const Request& asked, const Snapshot&) {
      ++rendered;
      if (asked.path == "/nothing") return text_response(404, "nothing");
      return page("text/plain", std::string(size, 'x') + asked.path);
    });
  }
  static std::string header(const Response& response, std::string_view name) {
    const std::string* value = wire::find_header(response.headers, name);
    return value == nullptr ? "" : *value;
  }

  StatusStore store;
  Renderings renderings{store};
  int rendered = 0;
};

TEST_F(RenderingsTest, AnEqualTagNeedsNoBody) {
  const Response first = ask("/a");
  const std::string etag = header(first, "ETag");
  EXPECT_TRUE(etag.starts_with("W/\"")) << etag;
  for (const std::string& known : {etag, "\"other\", " + etag, etag.substr(2), std::string("*")}) {
    const Response again = ask("/a", {{"If-None-Match", known}});
    EXPECT_EQ(again.status, 304) << known;
    EXPECT_EQ(again.body, nullptr);
    EXPECT_EQ(header(again, "ETag"), etag);
  }
  EXPECT_EQ(ask("/a", {{"If-None-Match", "W/\"other\""}}).status, 200);
  EXPECT_EQ(ask("/b", {{"If-None-Match", etag}}).status, 200);
}

TEST_F(RenderingsTest, LongAnswersAreCompressedForThoseWhoAccept) {
  EXPECT_EQ(header(ask("/a"), "Content-Encoding"), "");
  const Response small = ask("/a", {{"Accept-Encoding", "br, gzip"}});
  EXPECT_EQ(header(small, "Content-Encoding"), "gzip");
  EXPECT_LT(small.body->size(), 500u);
  EXPECT_EQ(header(small, "Vary"), "Accept-Encoding");
  EXPECT_EQ(header(ask("/short", {{"Accept-Encoding", "gzip"}}, 10), "Content-Encoding"), "");
}

TEST_F(RenderingsTest, OnlyGoodAnswersAreKept) {
  EXPECT_EQ(ask("/nothing").status, 404);
  EXPECT_EQ(ask("/nothing", {{"If-None-Match", "*"}}).status, 404);
  EXPECT_EQ(rendered, 2);
}

}  // namespace
}  // namespace authprobe::web
