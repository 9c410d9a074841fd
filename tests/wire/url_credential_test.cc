#include "exporter/wire/url_credential.h"

#include <gtest/gtest.h>

namespace authprobe::wire {
namespace {

TEST(SentBy, AParameterOfAUrl) {
  for (const char* url :
       {"/v1/items?apiKey=abcd1234", "https://api.example.com/x?a=b&api_key=abcd1234#c", "/x?key=AIzaSyA",
        "/x?oauth_token=abcd", "/x?appid=439d4b80", "/x?sig=xxxx&t=1", "/x;a=b?token=abcd"}) {
    EXPECT_EQ(sent_by_url(url), SentCredential::api_key) << url;
  }
  EXPECT_EQ(sent_by_url("/x?access_token=abcd"), SentCredential::bearer);
  EXPECT_EQ(sent_by_url("/x?X-Amz-Credential=AKIA%2F20260101&X-Amz-Signature=fe5f80"), SentCredential::sigv4);
  EXPECT_EQ(sent_by_url("/app/list;jsessionid=1F2E3D?page=2"), SentCredential::cookie);
  for (const char* url :
       {"", "/", "/x?api_key=", "/x?api_key", "/x?page_token=abcd1234", "/x?sort_key=name", "/x?q=api_key",
        "/x?csrf_token=abcd1234", "/x?key=id", "/x;version=1234", "/x#api_key=abcd1234"}) {
    EXPECT_EQ(sent_by_url(url), SentCredential::none) << url;
  }
  EXPECT_EQ(sent_by(Headers{{"Cookie", "a=b"}}, "/x?api_key=abcd"), SentCredential::cookie);
  EXPECT_EQ(sent_by(Headers{{"Accept", "*/*"}}, "/x?api_key=abcd"), SentCredential::api_key);
}

}  // namespace
}  // namespace authprobe::wire
