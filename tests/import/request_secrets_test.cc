#include "exporter/import/request_secrets.h"

#include <gtest/gtest.h>

#include <string>

#include "exporter/import/body_secrets.h"

namespace authprobe::importing {
namespace {

// What becomes of a request: its URL, then its credential.
std::string taken(ImportedRequest request) {
  Import into;
  if (!take_secrets(request, into)) return "not: " + into.left_out.at(0).why;
  std::string shown = request.method + ' ' + request.url;
  for (const auto& [name, value] : request.headers) shown += ' ' + name + '=' + value;
  shown += ' ' + request.credential.kind;
  for (const auto& [key, value] : request.credential.values) shown += ' ' + key + '=' + value;
  for (const auto& [key, secret] : request.credential.secrets) shown += ' ' + key + ":" + secret.text;
  return shown;
}

ImportedRequest get(std::string url, wire::Headers headers = {}) {
  ImportedRequest request;
  request.url = std::move(url);
  request.headers = std::move(headers);
  return request;
}

TEST(RequestSecrets, TheFirstSecretIsTheKindAndOthersGoBesideIt) {
  EXPECT_EQ(
      taken(get("https://h/x?token=t&a=1#part", {{"X-Key", "k"}, {"Cookie", "c=d"}, {"Accept", "a/b"}})),
      "GET https://h/x?a=1 Accept=a/b api_key header=\"X-Key\" key:k secret_headers.Cookie:c=d secret_query.token:t");
  EXPECT_EQ(taken(get("https://h/", {{"X-Key", "k"}, {"Authorization", "Bearer t"}})),
            "GET https://h/ bearer secret_headers.X-Key:k token:t");
  ImportedRequest request = get("https://joe:pass@h/", {{"Authorization", "Token t"}});
  request.credential = credential_of("api_key", "key", {SecretText::Kind::text, "k"});
  request.credential.values["header"] = "\"X-Key\"";
  EXPECT_EQ(taken(request),
            "GET https://h/ api_key header=\"X-Key\" key:k secret_headers.Authorization:Basic am9lOnBhc3M=");
}

TEST(RequestSecrets, BasicIsReadFromHeaderAndUrl) {
  EXPECT_EQ(taken(get("https://h/", {{"authorization", "basic am9lOnBhc3M6d29yZA=="}})),
            "GET https://h/ basic username=\"joe\" password:pass:word");
  EXPECT_EQ(taken(get("https://joe:p%40ss@h/")), "GET https://h/ basic username=\"joe\" password:p@ss");
  EXPECT_EQ(taken(get("https://h/", {{"X-Key", "k"}, {"Authorization", "Basic am9lOnBhc3M="}})),
            "GET https://h/ basic username=\"joe\" password:pass secret_headers.X-Key:k");
  EXPECT_EQ(taken(get("https://h/", {{"Authorization", "Basic ???"}})), "not: its Basic authorization is not base64");
}

TEST(RequestSecrets, ComputedHeadersAreNoCredential) {
  EXPECT_EQ(taken(get("https://h/", {{"Authorization", "AWS4-HMAC-SHA256 Credential=x"}})),
            "not: its Authorization header is computed for this one request (AWS4-HMAC-SHA256)");
}

TEST(RequestSecrets, HeadersOfConnectionsAreLeftOut) {
  EXPECT_EQ(taken(get("https://h/", {{":authority", "h"},
                                     {"Host", "h"},
                                     {"content-length", "3"},
                                     {"If-None-Match", "x"},
                                     {"Accept-Encoding", "br"},
                                     {"X", "1"}})),
            "GET https://h/ X=1 ");
  EXPECT_EQ(taken(get("https://h:8443/", {{"Host", "H:8443"}})), "GET https://h:8443/ ");
  EXPECT_EQ(taken(get("https://h/", {{"Host", "site.example.com"}})), "GET https://h/ Host=site.example.com ");
}

TEST(RequestSecrets, ValuesThatLookRandomAreSecrets) {
  EXPECT_EQ(taken(get("https://h/", {{"Referer", "https://a/?x=1&token=t"}})),
            "GET https://h/ api_key header=\"Referer\" key:https://a/?x=1&token=t");
  EXPECT_EQ(taken(get("https://h/", {{"X-Thing", "a8Kd93kdkKd9al2qwE3xR2zT"}})),
            "GET https://h/ api_key header=\"X-Thing\" key:a8Kd93kdkKd9al2qwE3xR2zT");
  EXPECT_EQ(taken(get("https://h/a8Kd93kdkKd9al2qwE3xR2zT/x?q=1")),
            "GET https://h/{key}/x?q=1 url_path key:a8Kd93kdkKd9al2qwE3xR2zT");
  EXPECT_EQ(taken(get("https://h/a8Kd93kdkKd9al2qwE3xR2zT", {{"X-Key", "k"}})),
            "not: its path seems to have a secret, beside another credential");
}

TEST(RequestSecrets, SecretsOfBodies) {
  const BodySecrets found = without_secrets(R"({"tokens": ["t1", "t2", "t1"], "name": "n", "_pwd" : "p"})");
  EXPECT_EQ(found.body,
            R"({"tokens": ["${tokens}", "${tokens-2}", "${tokens}"], "name": "n", "_pwd" : "${secret_pwd}"})");
  const std::vector<std::pair<std::string, std::string>> secrets{
      {"tokens", "t1"}, {"tokens-2", "t2"}, {"secret_pwd", "p"}};
  EXPECT_EQ(found.secrets, secrets);
  EXPECT_EQ(without_secrets("a=1&b&pass=x%26y").body, "a=1&b&pass=${pass}");

  ImportedRequest request = get("https://h/");
  request.body = "a=1&password=x";
  EXPECT_EQ(taken(request),
            "not: its body has a secret, and it has no other credential: kind \"login\" sends such a request");
  request = get("https://h/", {{"X-Key", "k"}});
  request.body = "<login><password>x</password></login>";
  EXPECT_EQ(taken(request), "not: its body is XML, and seems to have a secret");
  request.body = R"({"password": "a\"b"})";
  EXPECT_EQ(taken(request), "not: its body has a secret with escapes");
}

TEST(RequestSecrets, ReferencesStandForWholeSecretsOnly) {
  ImportedRequest request = get("https://h/", {{"Authorization", "Bearer ${TOKEN}"}});
  request.references = References::environment;
  ImportedRequest mixed = request;
  ASSERT_EQ(taken(request), "GET https://h/ bearer token:TOKEN");
  mixed.headers[0].second = "Bearer a${TOKEN}";
  EXPECT_EQ(taken(mixed), "not: it has the variable TOKEN inside a text: give it with --set TOKEN=VALUE");
}

}  // namespace
}  // namespace authprobe::importing
