#include "exporter/credential/secret_shape.h"

#include <gtest/gtest.h>

namespace authprobe::credential {
namespace {

TEST(SecretShape, NamesInvisibleCharactersAndTheirPlace) {
  for (const config::CredentialKind& each :
       {config::CredentialKind(config::Bearer()), {config::Basic()}, {config::Cookie()}}) {
    const config::KindTraits& kind = config::traits_of(each);
    EXPECT_EQ(problem_of_shape(kind, "tok\xc2\xa0"), "ends with an invisible character: U+00A0, a no-break space");
    EXPECT_EQ(problem_of_shape(kind, "\xe2\x80\x8btok"),
              "begins with an invisible character: U+200B, a zero-width space");
    EXPECT_EQ(problem_of_shape(kind, "t\xef\xbb\xbfk"), "contains an invisible character: U+FEFF, a byte order mark");
    EXPECT_EQ(problem_of_shape(kind, "p\xc3\xa4ssw\xe2\x82\xacrt"), "") << "letters and signs are none";
  }
}

}  // namespace
}  // namespace authprobe::credential
