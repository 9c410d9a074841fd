// Every way in which an answer may fail to come, and what is said of it.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <system_error>

#include "tests/http/nginx.h"
#include "tests/http/transfers.h"
#include "tests/support/loopback_server.h"

namespace authprobe::http_test {
namespace {

using Then = Answer::Then;

class FailureTest : public TransferTest {
 protected:
  Response response_of(Answer given, std::chrono::milliseconds timeout = 5s, config::Connection connection = {}) {
    LoopbackServer server(std::move(given));
    Request request = request_to(server.url("/path?token=querysecret"), std::move(connection));
    request.timeout = timeout;
    request.authorization.headers.emplace_back("Authorization", "Bearer headersecret");
    request.authorization.query.emplace_back("key", wire::Secret("keysecret"));
    Response response = response_to(std::move(request));
    EXPECT_THAT(response.error_detail, Not(HasSubstr("secret")));
    return response;
  }
};

// A listener whose queue is full: connecting to it gets no answer.
class FullListener {
 public:
  FullListener() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address_;
    if (bind(listener_, generic(), length) != 0 || listen(listener_, 0) != 0)
      throw std::system_error(errno, std::generic_category());
    getsockname(listener_, generic(), &length);
    for (int& fd : fillers_) {
      fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
      static_cast<void>(connect(fd, generic(), sizeof address_));  // in progress for ever: nobody accepts
    }
  }
  ~FullListener() {
    for (const int fd : fillers_) close(fd);
    close(listener_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(ntohs(address_.sin_port)) + "/"; }

 private:
  sockaddr* generic() { return reinterpret_cast<sockaddr*>(&address_); }
  int listener_;
  int fillers_[4] = {};
  sockaddr_in address_{};
};

std::string gzip_of(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST_F(FailureTest, RefusedConnection) {
  const std::string authority = "127.0.0.1:" + std::to_string(free_port());
  const Response response = response_to("http://" + authority + "/?token=secret");
  EXPECT_EQ(response.error, TransportError::connect);
  EXPECT_EQ(response.status, 0);
  EXPECT_EQ(response.error_detail, "connect to http://" + authority + ": Connection refused");
  EXPECT_EQ(response.address, "");
}

TEST_F(FailureTest, HungConnection) {
  FullListener listener;
  Request request = request_to(listener.url());
  request.timeout = 300ms;
  const Response response = response_to(std::move(request));
  EXPECT_EQ(response.error, TransportError::timeout);
  EXPECT_NEAR(seconds_of(response, Phase::connect), 0.3, 0.1);
  EXPECT_NEAR(response.total_seconds, 0.3, 0.1);
}

TEST_F(FailureTest, NoAnswer) {
  const Response response = response_of({"", Then::hang}, 200ms);
  EXPECT_EQ(response.error, TransportError::timeout);
  EXPECT_EQ(response.error_detail, "no complete answer within 200 ms");
  EXPECT_EQ(response.status, 0);
  EXPECT_NEAR(seconds_of(response, Phase::processing), 0.2, 0.1);
}

TEST_F(FailureTest, SlowBodyKeepsItsStatus) {
  const Response response = response_of({"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", Then::drip, "x"}, 300ms);
  EXPECT_EQ(response.error, TransportError::timeout);
  EXPECT_EQ(response.status, 200);
  EXPECT_GT(response.body_bytes, 2U);
  EXPECT_GT(seconds_of(response, Phase::transfer), 0.15);
}

TEST_F(FailureTest, NoTimeAtAll) {
  const Response response = response_of(answer(200), 0ms);
  EXPECT_EQ(response.error, TransportError::timeout);
}

TEST_F(FailureTest, ResetInsteadOfAnAnswer) {
  const Response response = response_of({"", Then::reset});
  EXPECT_EQ(response.error, TransportError::reset) << response.error_detail;
  EXPECT_EQ(response.status, 0);
}

TEST_F(FailureTest, ClosedInsteadOfAnAnswer) {
  const Response response = response_of({"", Then::close});
  EXPECT_EQ(response.error, TransportError::reset);
  EXPECT_FALSE(response.error_detail.empty());
}

TEST_F(FailureTest, ClosedAfterAnInterimAnswerOnly) {
  const Response response = response_of({"HTTP/1.1 100 Continue\r\n\r\n", Then::reset});
  EXPECT_EQ(response.error, TransportError::reset) << response.error_detail;
  EXPECT_EQ(response.status, 0);
}

TEST_F(FailureTest, BodyThatBreaksOff) {
  const Response response = response_of({"HTTP/1.1 403 Forbidden\r\nContent-Length: 10\r\n\r\nabc", Then::close});
  EXPECT_EQ(response.error, TransportError::reset);
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.body, "abc");
}

TEST_F(FailureTest, Garbage) {
  for (const char* garbage :
       {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 -20 OK\r\n\r\n", "HTTP/7.0 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip", "HTTP/1.1 099 No\r\n\r\n"}) {
    const Response response = response_of({garbage, Then::close});
    EXPECT_EQ(response.error, TransportError::protocol) << garbage << response.error_detail;
    EXPECT_FALSE(response.error_detail.empty()) << garbage;
  }
}

TEST_F(FailureTest, EndlessBody) {
  config::Connection connection;
  connection.max_response_bytes = 100'000;
  const Response response =
      response_of({"HTTP/1.1 200 OK\r\n\r\n", Then::repeat, std::string(10'000, 'x')}, 5s, connection);
  EXPECT_EQ(response.error, TransportError::too_large);
  EXPECT_EQ(response.error_detail, "the body is longer than 100000 bytes");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body.size(), http::kBodyKept);
  EXPECT_LT(response.body_bytes, 200'000U);
}

TEST_F(FailureTest, GzipBomb) {
  config::Connection connection;
  connection.max_response_bytes = 1'000'000;
  // NOLINTNEXTLINE(bugprone-string-constructor): a length that is meant.
  const std::string bomb = gzip_of(std::string(50'000'000, '\0'));
  ASSERT_LT(bomb.size(), 100'000U);
  const Response response = response_of(answer(200, bomb, "Content-Encoding: gzip\r\n"), 5s, connection);
  EXPECT_EQ(response.error, TransportError::too_large);
  EXPECT_LT(response.body_bytes, 1'200'000U);
}

TEST_F(FailureTest, DecompressesWithinTheBound) {
  const Response response = response_of(answer(200, gzip_of("plain words"), "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(response.body, "plain words");
  EXPECT_EQ(response.body_bytes, 11U);
}

TEST_F(FailureTest, AnUnknownCodingIsNone) {
  for (const char* codings : {"utf-8", "UTF-8, gzip", "aws-chunked", "amz-1.0,br"}) {
    const std::string header = "Content-Encoding: " + std::string(codings) + "\r\n";
    for (const int status : {200, 401}) {
      const Response response = response_of(answer(status, "{\"ok\":true}", header));
      EXPECT_EQ(response.error, TransportError::none) << codings << response.error_detail;
      EXPECT_EQ(response.status, status);
      EXPECT_EQ(response.body, "{\"ok\":true}");
      EXPECT_TRUE(response.undecoded);
    }
    const Response chunked = response_of(
        {"HTTP/1.1 200 OK\r\n" + header + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", Then::keep});
    EXPECT_EQ(chunked.body, "abc") << codings << chunked.error_detail;
  }
  for (const char* coding : {"gzip", "X-GZIP", "gzip, identity", ""}) {
    const std::string plain(coding[0] == '\0' ? "plain words" : gzip_of("plain words"));
    const std::string header = "Content-Encoding: " + std::string(coding) + "\r\n";
    const Response response = response_of(answer(200, plain, header));
    EXPECT_EQ(response.body, "plain words") << "decoded again after the others";
    EXPECT_FALSE(response.undecoded);
  }
}

TEST_F(FailureTest, AnUnknownCodingIsBoundedToo) {
  config::Connection connection;
  connection.max_response_bytes = 100'000;
  const Response response = response_of(
      {"HTTP/1.1 200 OK\r\nContent-Encoding: utf-8\r\n\r\n", Then::repeat, std::string(10'000, 'x')}, 5s, connection);
  EXPECT_EQ(response.error, TransportError::too_large);
  EXPECT_LT(response.body_bytes, 200'000U);
}

TEST_F(FailureTest, ARedirectsUnknownCodingDoesNotLast) {
  LoopbackServer server([](const std::string& request) {
    if (request.find(" / ") == std::string::npos)
      return answer(200, gzip_of("plain words"), "Content-Encoding: gzip\r\n");
    return answer(302, "gone", "Content-Encoding: utf-8\r\nLocation: /next\r\n");
  });
  config::Connection following;
  following.max_redirects = 1;
  EXPECT_EQ(response_to(server.url(), following).body, "plain words");
}

TEST_F(FailureTest, EndlessHeaders) {
  const Response lines = response_of({"HTTP/1.1 200 OK\r\n", Then::repeat, "X-More: yes\r\n"});
  EXPECT_EQ(lines.error, TransportError::protocol);
  EXPECT_EQ(lines.headers.size(), 1001U);
  const Response one_line = response_of({"HTTP/1.1 200 OK\r\nX-Long: ", Then::repeat, std::string(1000, 'x')});
  EXPECT_EQ(one_line.error, TransportError::protocol) << one_line.error_detail;
  const Response interim =
      response_of({"HTTP/1.1 100 Continue\r\n\r\n", Then::repeat, "HTTP/1.1 100 Continue\r\nX-More: yes\r\n\r\n"});
  EXPECT_EQ(interim.error, TransportError::protocol) << interim.error_detail;
}

TEST_F(FailureTest, AHundredHeadersAreNotTooMany) {
  std::string lines;
  for (int i = 0; i < 98; ++i) lines += "X-" + std::to_string(i) + ": yes\r\n";
  EXPECT_EQ(response_of(answer(200, "", lines)).error, TransportError::none);
}

TEST_F(FailureTest, RequestsThatCannotBeSent) {
  LoopbackServer server(answer(200));
  Request bad_header = request_to(server.url());
  bad_header.authorization.headers.emplace_back("Authorization", "Bearer secret\r\nX-Injected: yes");
  Request bad_method = request_to(server.url());
  bad_method.method = "GET / HTTP/1.1\r\n";
  for (Request* request : {&bad_header, &bad_method}) {
    const Response response = response_to(std::move(*request));
    EXPECT_EQ(response.error, TransportError::other);
    EXPECT_FALSE(response.error_detail.empty());
    EXPECT_THAT(response.error_detail, Not(HasSubstr("secret")));
  }
  EXPECT_EQ(server.connections(), 0U);
}

}  // namespace
}  // namespace authprobe::http_test
