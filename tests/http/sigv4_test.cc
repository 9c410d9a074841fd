// AWS's published examples of signatures, and what the transport signs, as a server on loopback gets it.
#include "exporter/http/sigv4.h"

#include <ctime>

#include "tests/http/transfers.h"
#include "tests/support/loopback_server.h"

namespace authprobe::http_test {
namespace {

using http::AwsKey;
using http::SignableRequest;

using Lines = std::vector<std::pair<std::string_view, std::string_view>>;

constexpr char kNoPayload[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::string signature_of(std::string_view authorization) {
  constexpr std::string_view kMark = "Signature=";
  const auto at = authorization.find(kMark);
  return at == std::string_view::npos ? "" : std::string(authorization.substr(at + kMark.size()));
}

struct Example {
  const char* name;
  const char* method;
  const char* path;
  const char* query;
  Lines headers;  // beside Host and X-Amz-Date
  const char* payload_hash;
  const char* signature;
};

// aws-sig-v4-test-suite, as AWS published it with its General Reference and as aws-c-auth and botocore carry it: the
// requests of 2015-08-30 for the service called "service". Its duplicated header lines are one line each here.
const Example kSuite[] = {
    {"get-vanilla", "GET", "/", "", {}, kNoPayload, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-slash", "GET", "//", "", {}, kNoPayload, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-slash-dot-slash",
     "GET",
     "/./",
     "",
     {},
     kNoPayload,
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-relative",
     "GET",
     "/example/..",
     "",
     {},
     kNoPayload,
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-relative-relative",
     "GET",
     "/example1/example2/../..",
     "",
     {},
     kNoPayload,
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-slashes",
     "GET",
     "//example//",
     "",
     {},
     kNoPayload,
     "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
    {"get-unreserved",
     "GET",
     "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
     "",
     {},
     kNoPayload,
     "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
    {"get-utf8",
     "GET",
     "/\u1234",
     "",
     {},
     kNoPayload,
     "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
    {"get-vanilla-empty-query-key",
     "GET",
     "/",
     "Param1=value1",
     {},
     kNoPayload,
     "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
    {"get-vanilla-query-order-key-case",
     "GET",
     "/",
     "Param2=value2&Param1=value1",
     {},
     kNoPayload,
     "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
    {"get-vanilla-query-order-value",
     "GET",
     "/",
     "Param1=value2&Param1=value1",
     {},
     kNoPayload,
     "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"},
    {"get-vanilla-query-unreserved",
     "GET",
     "/",
     "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz="
     "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
     {},
     kNoPayload,
     "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
    {"get-vanilla-utf8-query",
     "GET",
     "/",
     "\u1234=bar",
     {},
     kNoPayload,
     "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
    {"post-vanilla-query-nonunreserved",
     "POST",
     "/",
     "@#$%^=&+=/,?><`\";:\\|][{}",
     {},
     kNoPayload,
     "66c82657c86e26fb25238d0e69f011edc4c6df5ae71119d7cb98ed9b87393c1e"},
    {"get-header-key-duplicate",
     "GET",
     "/",
     "",
     {{"My-Header1", "value2"}, {"my-header1", "value2"}, {"My-Header1", "value1"}},
     kNoPayload,
     "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
    {"get-header-value-order",
     "GET",
     "/",
     "",
     {{"My-Header1", "value4"}, {"My-Header1", "value1"}, {"My-Header1", "value3"}, {"My-Header1", "value2"}},
     kNoPayload,
     "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
    {"get-header-value-trim",
     "GET",
     "/",
     "",
     {{"My-Header2", " \"a   b   c\""}, {"My-Header1", " value1"}},
     kNoPayload,
     "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
    {"post-vanilla",
     "POST",
     "/",
     "",
     {},
     kNoPayload,
     "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
    {"post-header-key-sort",
     "POST",
     "/",
     "",
     {{"My-Header1", "value1"}},
     kNoPayload,
     "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
    {"post-header-value-case",
     "POST",
     "/",
     "",
     {{"My-Header1", "VALUE1"}},
     kNoPayload,
     "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"},
    {"post-sts-header-before",
     "POST",
     "/",
     "",
     {{"X-Amz-Security-Token",
       "AQoDYXdzEPT//////////"
       "wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwth"
       "Ax7mSEI/qkPpKPi/"
       "kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY"
       "9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="}},
     kNoPayload,
     "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"},
    {"post-x-www-form-urlencoded",
     "POST",
     "/",
     "",
     {{"Content-Type", "application/x-www-form-urlencoded"}},
     "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e",
     "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
    {"post-x-www-form-urlencoded-parameters",
     "POST",
     "/",
     "",
     {{"Content-Type", "application/x-www-form-urlencoded; charset=utf8"}},
     "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e",
     "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"},
};

TEST(Sigv4, AgreesWithTheTestSuiteOfAws) {
  const AwsKey key{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service"};
  for (const Example& example : kSuite) {
    SignableRequest request{example.method, example.path, example.query, example.headers, example.payload_hash};
    request.headers.emplace_back("Host", "example.amazonaws.com");
    request.headers.emplace_back("X-Amz-Date", "20150830T123600Z");
    const wire::Secret header = http::signature_header(key, request, "20150830T123600Z");
    EXPECT_EQ(signature_of(header.reveal()), example.signature)
        << example.name << '\n'
        << http::canonical_request(request, key.service).reveal();
    EXPECT_TRUE(header.reveal().starts_with(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders="));
  }
}

constexpr AwsKey kS3Key{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1", "s3"};
const WallTime kS3Time = std::chrono::sys_days{std::chrono::year{2013} / 5 / 24};

std::string signed_at_s3(SignableRequest request, std::string_view body = "") {
  request.headers.emplace_back("Host", "examplebucket.s3.amazonaws.com");
  const auto lines = http::sign(kS3Key, std::move(request), body, kS3Time);
  return signature_of(lines.back().second.reveal());
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, whole requests
TEST(Sigv4, AgreesWithTheExamplesOfS3) {
  EXPECT_EQ(signed_at_s3({"GET", "/", "lifecycle", {}, {}}),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  EXPECT_EQ(signed_at_s3({"GET", "/", "prefix=J&max-keys=2", {}, {}}),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

// The same page's PUT, which signs Date beside what we sign: without our choice of headers.
TEST(Sigv4, EncodesAnObjectsKeyOnce) {
  constexpr char kHash[] = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
  for (const char* path : {"/test$file.text", "/test%24file.text"}) {
    const SignableRequest request{"PUT",
                                  path,
                                  "",
                                  {{"Host", "examplebucket.s3.amazonaws.com"},
                                   {"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                                   {"x-amz-date", "20130524T000000Z"},
                                   {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
                                   {"x-amz-content-sha256", kHash}},
                                  kHash};
    EXPECT_EQ(signature_of(http::signature_header(kS3Key, request, "20130524T000000Z").reveal()),
              "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
        << path;
  }
}

std::string canonical_path(const std::string& path, std::string_view service) {
  const wire::Secret request = http::canonical_request({"GET", path, "", {}, kNoPayload}, service);
  std::string text(request.reveal());
  text.erase(0, text.find('\n') + 1);
  return text.substr(0, text.find('\n'));
}

TEST(Sigv4, EncodesOtherPathsOnceMore) {
  EXPECT_EQ(canonical_path("/images/mac@2x.png", "execute-api"), "/images/mac%402x.png");
  EXPECT_EQ(canonical_path("/x%20y", "execute-api"), "/x%2520y");
  EXPECT_EQ(canonical_path("/%E2%82%AC", "es"), "/%25E2%2582%25AC");
  EXPECT_EQ(canonical_path("", "es"), "/");
  EXPECT_EQ(canonical_path("/images/mac@2x.png", "s3"), "/images/mac%402x.png");
  EXPECT_EQ(canonical_path("/x%20y", "s3-outposts"), "/x%20y");
  EXPECT_EQ(canonical_path("/a%2fb//c", "s3"), "/a%2Fb//c");
}

std::string canonical_query(const std::string& query) {
  const wire::Secret request = http::canonical_request({"GET", "/", query, {}, kNoPayload}, "es");
  std::string text(request.reveal());
  text.erase(0, text.find('\n', text.find('\n') + 1) + 1);
  return text.substr(0, text.find('\n'));
}

TEST(Sigv4, SortsTheQueryAfterItWasEncoded) {
  EXPECT_EQ(canonical_query("sort=_doc&size=50"), "size=50&sort=_doc");
  EXPECT_EQ(canonical_query("a=1&A=2&b="), "A=2&a=1&b=");
  EXPECT_EQ(canonical_query("acl"), "acl=");
  EXPECT_EQ(canonical_query("graph=urn:uuid:6e8b"), "graph=urn%3Auuid%3A6e8b");
  EXPECT_EQ(canonical_query("q=a+b&q=a%2fb&&q=a=b"), "q=a%2Bb&q=a%2Fb&q=a%3Db");
  EXPECT_EQ(canonical_query("a-b=1&a=2&a%20b=3"), "a=2&a%20b=3&a-b=1");
}

// What the server gets, one line a header.
class Received {
 public:
  explicit Received(const std::string& request) : request_(request) {}
  std::string header(const std::string& name) const {
    const auto at = request_.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "";
    const auto begin = at + name.size() + 4;
    return request_.substr(begin, request_.find("\r\n", begin) - begin);
  }
  std::string signed_headers() const {
    const std::string line = header("Authorization");
    const auto at = line.find("SignedHeaders=") + 14;
    return line.substr(at, line.find(',', at) - at);
  }

 private:
  std::string request_;
};

Request signed_request(const std::string& url, const std::string& service, config::Connection connection = {}) {
  Request request = request_to(url, std::move(connection));
  request.authorization.scheme = http::Scheme::sigv4;
  request.authorization.username = "AKID";
  request.authorization.password = wire::Secret("aws-hunter2");
  request.authorization.region = "eu-central-1";
  request.authorization.service = service;
  return request;
}

class SigningTest : public TransferTest {
 protected:
  Received received(Request request) {
    EXPECT_EQ(response_to(std::move(request)).status, 200);
    return Received(server.last_request());
  }
  LoopbackServer server{answer(200)};
};

TEST_F(SigningTest, SignsWhatNoProxyRewrites) {
  Request request = signed_request(server.url(), "es");
  request.method = "POST";
  request.body = wire::Secret("{}");
  request.headers = {{"Content-Type", "application/json"}, {"X-Amz-Target", "t"}, {"Range", "bytes=0-9"}};
  request.authorization.headers.emplace_back("X-Amz-Security-Token", "session-1");
  const Received got = received(std::move(request));
  EXPECT_EQ(got.signed_headers(), "content-type;host;x-amz-date;x-amz-security-token;x-amz-target");
  EXPECT_EQ(got.header("X-Amz-Security-Token"), "session-1");
  EXPECT_EQ(got.header("X-Amz-Content-Sha256"), "");
  EXPECT_EQ(got.header("Range"), "bytes=0-9");
  EXPECT_THAT(server.last_request(), Not(HasSubstr("aws-hunter2")));
}

TEST_F(SigningTest, TellsObjectStoresThePayloadsHash) {
  for (const char* service : {"s3", "s3-outposts", "s3-object-lambda", "s3express", "aoss"}) {
    const Received got = received(signed_request(server.url(), service));
    EXPECT_EQ(got.header("X-Amz-Content-Sha256"), kNoPayload) << service;
    EXPECT_EQ(got.signed_headers(), "host;x-amz-content-sha256;x-amz-date");
  }
  Request unsigned_payload = signed_request(server.url(), "vpc-lattice-svcs");
  unsigned_payload.headers = {{"x-amz-content-sha256", "UNSIGNED-PAYLOAD"}};
  const Received got = received(std::move(unsigned_payload));
  EXPECT_EQ(got.header("x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
  EXPECT_EQ(got.signed_headers(), "host;x-amz-content-sha256;x-amz-date");
}

TEST_F(SigningTest, ReplacesTheHeadersThatASignatureHas) {
  Request request = signed_request(server.url(), "es");
  request.headers = {{"authorization", "Bearer x"}, {"x-amz-date", "20000101T000000Z"}, {"Host", "api.test"}};
  const Received got = received(std::move(request));
  EXPECT_EQ(got.header("Host"), "api.test");
  EXPECT_THAT(got.header("Authorization"), testing::StartsWith("AWS4-HMAC-SHA256 "));
  EXPECT_THAT(server.last_request(), Not(HasSubstr("20000101")));
  EXPECT_THAT(server.last_request(), Not(HasSubstr("Bearer")));
}

// Seconds since 1970 of a received X-Amz-Date; 0 where it is none.
std::time_t time_of(const Received& got) {
  std::tm time{};
  return strptime(got.header("X-Amz-Date").c_str(), "%Y%m%dT%H%M%SZ", &time) == nullptr ? 0 : timegm(&time);
}

TEST_F(SigningTest, SignsEachHopOfItsOwnOriginOnly) {
  LoopbackServer elsewhere(answer(200));
  LoopbackServer first([&](const std::string& request) {
    if (request.find(" /start ") != std::string::npos) return redirect(303, "/next?b=1&a=2");
    return redirect(307, elsewhere.url());
  });
  config::Connection following;
  following.max_redirects = 5;
  Request request = signed_request(first.url("/start"), "s3", following);
  request.method = "POST";
  request.body = wire::Secret("form");
  EXPECT_EQ(response_to(std::move(request)).redirects.size(), 2U);
  ASSERT_EQ(first.requests().size(), 2U);
  const Received start(first.requests()[0]);
  const Received next(first.requests()[1]);
  EXPECT_EQ(start.header("X-Amz-Content-Sha256"), "07397d633f25a7101990a75864ae03d5a3b9ac07c4ed6accbc52cbfd7d7c13b4");
  EXPECT_EQ(next.header("X-Amz-Content-Sha256"), kNoPayload);
  EXPECT_NE(start.header("Authorization"), next.header("Authorization"));
  EXPECT_NEAR(static_cast<double>(time_of(next)), static_cast<double>(std::time(nullptr)), 5);
  const std::string away = elsewhere.last_request();
  EXPECT_NE(away, "");
  EXPECT_THAT(away, Not(HasSubstr("Authorization")));
  EXPECT_THAT(away, Not(HasSubstr("X-Amz-")));
}

TEST_F(SigningTest, SignsTheSecretsInTheQueryToo) {
  Request request = signed_request(server.url("/?a=1"), "es");
  request.authorization.query.emplace_back("subscription", wire::Secret("s 1"));
  const Received got = received(std::move(request));
  const std::string host = got.header("Host");
  const std::string date = got.header("X-Amz-Date");
  SignableRequest signable;
  signable.method = "GET";
  signable.query = "a=1&subscription=s%201";
  signable.headers = {{"Host", host}, {"X-Amz-Date", date}};
  signable.payload_hash = kNoPayload;
  EXPECT_EQ(got.header("Authorization"),
            http::signature_header({"AKID", "aws-hunter2", "eu-central-1", "es"}, signable, date).reveal());
}

TEST_F(SigningTest, RefusesAKeyIdWithALineBreak) {
  Request request = signed_request(server.url(), "es");
  request.authorization.username = "AKID\r\nX-Injected: yes";
  EXPECT_EQ(response_to(std::move(request)).error, TransportError::other);
  EXPECT_EQ(server.connections(), 0U);
}

}  // namespace
}  // namespace authprobe::http_test
