// The worked examples that services publish of their signatures, and what the transport signs, as a server on loopback
// gets it.
#include "exporter/http/hmac_signature.h"

#include "exporter/wire/encoding.h"
#include "tests/http/transfers.h"
#include "tests/support/loopback_server.h"

namespace authprobe::http_test {
namespace {

using namespace std::chrono_literals;
using http::SignableRequest;
using http::Signature;
using wire::DigestAlgorithm;
using wire::SignatureEncoding;
using wire::SignatureRecipe;

constexpr char kNonce[] = "0123456789abcdef0123456789abcdef";

WallTime at(std::int64_t milliseconds) {
  return WallTime(std::chrono::milliseconds(milliseconds));
}

// "name: value" of each, in their order.
std::vector<std::string> lines_of(const http::SignatureLines& lines) {
  std::vector<std::string> texts;
  for (const auto& [name, value] : lines) texts.push_back(name + ": " + std::string(value.reveal()));
  return texts;
}

// https://binance-docs.github.io/apidocs/spot/en/#signed-trade-and-user_data-endpoint-security
TEST(HmacSignature, OfBinance) {
  SignatureRecipe recipe;
  recipe.signed_text = "{query}{body}";
  recipe.headers = {{"X-MBX-APIKEY", "{key_id}"}};
  recipe.query = {{"signature", "{signature}"}, {"timestamp", "{timestamp_ms}"}};
  SignableRequest request;
  request.method = "POST";
  request.path = "/api/v3/order";
  request.query = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000";
  const Signature made =
      sign(recipe, {"vmPUZE6mv9SD", "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"}, request, "",
           {at(1499827319559), kNonce});
  EXPECT_THAT(lines_of(made.query),
              testing::ElementsAre("timestamp: 1499827319559",
                                   "signature: c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"));
  EXPECT_THAT(lines_of(made.headers), testing::ElementsAre("X-MBX-APIKEY: vmPUZE6mv9SD"));
}

// https://www.bitmex.com/app/apiKeysUsage
TEST(HmacSignature, OfBitmex) {
  SignatureRecipe recipe;
  recipe.signed_text = "{method}{path_and_query}{expires}{body}";
  recipe.headers = {{"api-expires", "{expires}"}, {"api-signature", "{signature}"}};
  const auto signed_at = [&](std::int64_t expires, std::string_view query) {
    SignableRequest request;
    request.method = "GET";
    request.path = "/api/v1/instrument";
    request.query = query;
    return lines_of(sign(recipe, {"", "chNOOS4KvNXR_Xq4k4c9qsfoKWvnDecLATCRlcBwyKDYnWgO"}, request, "",
                         {at((expires - 60) * 1000), kNonce})
                        .headers);
  };
  EXPECT_THAT(signed_at(1518064236, ""),
              testing::ElementsAre("api-expires: 1518064236",
                                   "api-signature: c7682d435d0cfe87c16098df34ef2eb5a549d4c5a3c2b1f0f77b8af73423bf00"));
  EXPECT_THAT(signed_at(1518064237, "filter=%7B%22symbol%22%3A+%22XBTM15%22%7D"),
              testing::ElementsAre("api-expires: 1518064237",
                                   "api-signature: e2f422547eecb5b3cb29ade2127e21b858b235b386bfa45e1c1756eb3383919f"));
}

// https://docs.bitvavo.com/docs/authentication
TEST(HmacSignature, OfBitvavo) {
  SignatureRecipe recipe;
  recipe.signed_text = "{timestamp_ms}{method}{path_and_query}{body}";
  recipe.headers = {{"Bitvavo-Access-Signature", "{signature}"}};
  SignableRequest request;
  request.method = "POST";
  request.path = "/v2/order";
  const Signature made = sign(recipe, {"", "bitvavo"}, request,
                              R"({"market":"BTC-EUR","side":"buy","price":"5000","amount":"1.23","orderType":"limit"})",
                              {at(1548172481125), kNonce});
  EXPECT_THAT(lines_of(made.headers),
              testing::ElementsAre(
                  "Bitvavo-Access-Signature: 44d022723a20973a18f7ee97398b9fdd405d2d019c8d39e24b8cc0dcb39ca016"));
}

// https://api.slack.com/docs/verifying-requests-from-slack
TEST(HmacSignature, OfSlack) {
  SignatureRecipe recipe;
  recipe.signed_text = "v0:{timestamp}:{body}";
  recipe.headers = {{"X-Slack-Request-Timestamp", "{timestamp}"}, {"X-Slack-Signature", "v0={signature}"}};
  const Signature made =
      sign(recipe, {"", "8f742231b10e8888abcd99yyyzzz85a5"}, SignableRequest{},
           "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name="
           "foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2F"
           "hooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id="
           "398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
           {at(1531420618000), kNonce});
  EXPECT_THAT(
      lines_of(made.headers),
      testing::ElementsAre("X-Slack-Request-Timestamp: 1531420618",
                           "X-Slack-Signature: v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"));
}

// https://duo.com/docs/authapi#authentication
TEST(HmacSignature, OfDuo) {
  SignatureRecipe recipe;
  recipe.algorithm = DigestAlgorithm::sha1;
  recipe.signed_text = "{timestamp_rfc2822}\n{method}\n{host}\n{path}\n{query_sorted}";
  recipe.headers = {{"Authorization", "Basic {basic}"}, {"Date", "{timestamp_rfc2822}"}};
  SignableRequest request;
  request.method = "POST";
  request.path = "/accounts/v1/account/list";
  request.query = "username=root&realname=First%20Last";
  request.headers = {{"Host", "api-xxxxxxxx.duosecurity.com"}};
  const Signature made = sign(recipe, {"DIWJ8X6AEYOR5OMC6TQ1", "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep"}, request, "",
                              {at(1345570158000), kNonce});
  EXPECT_THAT(lines_of(made.headers),
              testing::ElementsAre("Authorization: Basic " + wire::base64("DIWJ8X6AEYOR5OMC6TQ1:"
                                                                          "2d97d6166319781b5a3a07af39d366f491234edc"),
                                   "Date: Tue, 21 Aug 2012 17:29:18 -0000"));
}

// RFC 9421, section B.2.5. Its Date is not the time of the signature.
TEST(HmacSignature, OfHttpMessageSignatures) {
  SignatureRecipe recipe;
  recipe.encoding = SignatureEncoding::base64;
  recipe.signed_text =
      "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@authority\": {host}\n\"content-type\": {content_type}\n"
      "\"@signature-params\": (\"date\" \"@authority\" \"content-type\");created={timestamp};keyid=\"{key_id}\"";
  recipe.headers = {{"Signature", "sig-b25=:{signature}:"}};
  SignableRequest request;
  request.headers = {{"Content-Type", "application/json"}, {"Host", "example.com"}};
  const std::string key =
      *wire::base64_decoded("uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==");
  EXPECT_THAT(lines_of(sign(recipe, {"test-shared-secret", key}, request, "", {at(1618884473000), kNonce}).headers),
              testing::ElementsAre("Signature: sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:"));
}

// What a part stands for, of one POST of two bytes.
std::string part(std::string_view name) {
  SignatureRecipe recipe;
  recipe.headers = {{"X", "{" + std::string(name) + "}"}};
  SignableRequest request;
  request.method = "POST";
  request.path = "/a/../b%20c";
  request.query = "z=1&y=%2F&y";
  request.headers = {{"Host", "api.example.com:8443"}, {"content-type", " text/plain "}};
  const Signature made = sign(recipe, {"id-1", "key"}, request, "{}", {at(1607418537715), kNonce});
  return std::string(made.headers.at(0).second.reveal());
}

TEST(HmacSignature, PartsAreOfTheRequestAsItIsSent) {
  EXPECT_EQ(part("key_id"), "id-1");
  EXPECT_EQ(part("timestamp"), "1607418537");
  EXPECT_EQ(part("timestamp_ms"), "1607418537715");
  EXPECT_EQ(part("timestamp_iso8601"), "2020-12-08T09:08:57Z");
  EXPECT_EQ(part("timestamp_iso8601_ms"), "2020-12-08T09:08:57.715Z");
  EXPECT_EQ(part("timestamp_http_date"), "Tue, 08 Dec 2020 09:08:57 GMT");
  EXPECT_EQ(part("timestamp_rfc2822"), "Tue, 08 Dec 2020 09:08:57 -0000");
  EXPECT_EQ(part("expires"), "1607418597");
  EXPECT_EQ(part("nonce"), kNonce);
  EXPECT_EQ(part("nonce_uuid"), "01234567-89ab-4def-8123-456789abcdef");
  EXPECT_EQ(part("method"), "POST");
  EXPECT_EQ(part("method_lower"), "post");
  EXPECT_EQ(part("host"), "api.example.com:8443");
  EXPECT_EQ(part("path"), "/b%20c");
  EXPECT_EQ(part("query"), "z=1&y=%2F&y");
  EXPECT_EQ(part("query_sorted"), "y&y=%2F&z=1");
  EXPECT_EQ(part("path_and_query"), "/b%20c?z=1&y=%2F&y");
  EXPECT_EQ(part("url"), "https://api.example.com:8443/b%20c?z=1&y=%2F&y");
  EXPECT_EQ(part("content_type"), "text/plain");
  EXPECT_EQ(part("body"), "{}");
  EXPECT_EQ(part("body_md5"), "99914b932bd37a50b983c5e7c90ae93b");
  EXPECT_EQ(part("body_md5_base64"), "mZFLkyvTelC5g8XnyQrpOw==");
  EXPECT_EQ(part("body_sha256"), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  EXPECT_EQ(part("body_sha256_base64"), "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=");
  EXPECT_EQ(part("body_sha512").substr(0, 16), "27c74670adb75075");
  EXPECT_EQ(part("{key_id}"), "{key_id}}") << "a doubled brace is a brace";
}

TEST(HmacSignature, IsWrittenAsTheServiceWantsIt) {
  SignatureRecipe recipe;
  recipe.signed_text = "{method}";
  recipe.headers = {{"X", "{signature}"}};
  const auto written = [&](DigestAlgorithm algorithm, SignatureEncoding encoding) {
    recipe.algorithm = algorithm;
    recipe.encoding = encoding;
    SignableRequest request;
    request.method = "GET";
    return lines_of(sign(recipe, {"", "key"}, request, "", {at(0), kNonce}).headers).at(0);
  };
  EXPECT_EQ(written(DigestAlgorithm::md5, SignatureEncoding::hex), "X: ec3d3b44da91f3055e4bf8da468aa38c");
  EXPECT_EQ(written(DigestAlgorithm::sha1, SignatureEncoding::hex_upper),
            "X: 3ACCCF6E4D96C426C6265F364366E5D9663EEDF8");
  EXPECT_EQ(written(DigestAlgorithm::sha384, SignatureEncoding::base64url),
            "X: xmQ-vcoebrjyxqKBEPZ40L6Tv4T70C05ro3AD3BqvrwjG4SaqrYYlYlyU-iKhYnd");
  EXPECT_EQ(written(DigestAlgorithm::sha512, SignatureEncoding::base64),
            "X: dGdQEPlzaHLmIo6HXTyC2bn/4G5cSdrxaT+a5fISrmT0FtTEirUKtHsdo6Q3UlV2CuuslhtCSa9k18vugjp+zA==");
}

Request signed_request(const std::string& url, config::Connection connection = {}) {
  SignatureRecipe recipe;
  recipe.signed_text = "{timestamp}{method}{path_and_query}{body}";
  recipe.headers = {{"X-Time", "{timestamp}"}, {"X-Nonce", "{nonce}"}};
  recipe.query = {{"sig", "{signature}"}, {"who", "{key_id}"}};
  Request request = request_to(url, std::move(connection));
  request.authorization.scheme = http::Scheme::hmac;
  request.authorization.username = "a key&id";
  request.authorization.password = wire::Secret("hmac-hunter2");
  request.authorization.recipe = std::make_shared<const SignatureRecipe>(std::move(recipe));
  return request;
}

std::string line_of_header(const std::string& request, const std::string& name) {
  const auto found = request.find("\r\n" + name + ": ");
  if (found == std::string::npos) return "";
  const auto begin = found + name.size() + 4;
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

// What the server would sign of the request that it got, whose target ends with "&sig=..." .
std::string expected_signature(const std::string& request, const std::string& body) {
  const std::string target = request.substr(request.find(' ') + 1, request.find("&sig=") - request.find(' ') - 1);
  const std::string text = line_of_header(request, "X-Time") + request.substr(0, request.find(' ')) + target + body;
  return wire::hex(wire::hmac(DigestAlgorithm::sha256, "hmac-hunter2", text).reveal());
}

class HmacTransferTest : public TransferTest {};

TEST_F(HmacTransferTest, SignsTheTargetThatIsSent) {
  LoopbackServer server{answer(200)};
  Request request = signed_request(server.url("/a/./b?c=d#fragment"));
  request.method = "POST";
  request.body = wire::Secret("{}");
  request.authorization.query.emplace_back("subscription", wire::Secret("s 1"));
  EXPECT_EQ(response_to(std::move(request)).status, 200);
  const std::string got = server.last_request();
  EXPECT_THAT(got, testing::StartsWith("POST /a/b?c=d&subscription=s%201&who=a%20key%26id&sig="));
  EXPECT_THAT(got, HasSubstr("&sig=" + expected_signature(got, "{}") + " HTTP/1.1"));
  EXPECT_EQ(line_of_header(got, "X-Nonce").size(), 32U);
  EXPECT_THAT(got, Not(HasSubstr("hunter2")));
}

TEST_F(HmacTransferTest, SignsEachHopOfItsOwnOriginAnew) {
  LoopbackServer elsewhere(answer(200));
  LoopbackServer first([&](const std::string& request) {
    // As servers do, with the query that came.
    if (request.find(" /start?") != std::string::npos)
      return redirect(307, "/next" + request.substr(request.find('?'), request.find(" HTTP") - request.find('?')));
    return redirect(307, elsewhere.url());
  });
  config::Connection following;
  following.max_redirects = 5;
  EXPECT_EQ(response_to(signed_request(first.url("/start?a=1"), following)).redirects.size(), 2U);
  ASSERT_EQ(first.requests().size(), 2U);
  const std::string next = first.requests()[1];
  EXPECT_THAT(next, testing::StartsWith("GET /next?a=1&who=a%20key%26id&sig=" + expected_signature(next, "") + " "));
  EXPECT_NE(line_of_header(first.requests()[0], "X-Nonce"), line_of_header(next, "X-Nonce"));
  EXPECT_NE(elsewhere.last_request(), "");
  EXPECT_THAT(elsewhere.last_request(), AllOf(Not(HasSubstr("X-Nonce")), Not(HasSubstr("sig="))));
}

TEST_F(HmacTransferTest, RefusesAKeyIdWithALineBreak) {
  LoopbackServer server{answer(200)};
  Request request = signed_request(server.url());
  request.authorization.username = "id\r\nX-Injected: yes";
  EXPECT_EQ(response_to(std::move(request)).error, TransportError::other);
  EXPECT_EQ(server.connections(), 0U);
}

}  // namespace
}  // namespace authprobe::http_test
