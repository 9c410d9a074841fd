// Every wording rule and every signature is held against its own examples.
#include "tests/support/rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "exporter/diagnosis/rule_file.h"
#include "exporter/diagnosis/ruleset.h"
#include "exporter/diagnosis/statement.h"

namespace authprobe::diagnosis {
namespace {

Clues read(std::string_view text) {
  Clues clues;
  test::rules()->wording.read(text, Trust::field, "", clues);
  return clues;
}

Clues read_by(const WordingRule& rule, const std::string& text) {
  Clues clues;
  if (rule.of_page) {
    test::rules()->wording.read_page(text, "", clues);
  } else {
    test::rules()->wording.read(text, Trust::field, "", clues);
  }
  return clues;
}

// What a rule that names no cause does to the clues of a text.
bool only_marks(const WordingRule& rule, const Clues& clues) {
  return std::ranges::all_of(clues, [&](const Clue& clue) {
    return rule.of_data ? clue.of_data : (!rule.of_call || !clue.unrelated) && (!rule.of_caller || clue.of_caller);
  });
}

TEST(Wording, EveryRuleReadsItsExamples) {
  for (const WordingRule& rule : test::rules()->wording.rules()) {
    for (const std::string& example : rule.examples) {
      const Clues clues = read_by(rule, example);
      if (rule.quiet) {
        EXPECT_TRUE(clues.empty()) << example;
      } else if (rule.cause == Cause::unknown) {
        EXPECT_TRUE(!clues.empty() && only_marks(rule, clues)) << example;
      } else {
        EXPECT_TRUE(std::ranges::any_of(clues, [&](const Clue& clue) { return clue.cause == rule.cause; }))
            << to_string(rule.cause) << ": " << example;
      }
    }
  }
}

TEST(Statement, IdentifiersInASentenceAreTakenApart) {
  EXPECT_EQ(phrase_of("accessToken of source_ip lacks scope photos.write"),
            "access token of source ip lacks scope photos write");
  EXPECT_EQ(phrase_of("Failed (e.g. a bad key) today."), "failed  today.");
}

TEST(Statement, AdviceAndSuppositionsAreNotStated) {
  EXPECT_EQ(statement_of("the key was refused. please check that it has not expired."), "the key was refused.");
  EXPECT_EQ(statement_of("the key was refused. it may have expired."), "the key was refused.");
  EXPECT_EQ(statement_of("this token may not call it."), "this token may not call it.");
  EXPECT_EQ(statement_of("please log in."), "");
}

TEST(Wording, ListsOfPossibilitiesNameNone) {
  for (const char* text :
       {"token is invalid or expired", "missing, expired or revoked credentials", "expired/invalid session"}) {
    for (const Clue& clue : read(text)) EXPECT_NE(clue.strength, Strength::names) << text;
  }
}

TEST(Wording, CodesBecomeWords) {
  EXPECT_EQ(words_of("ExpiredTokenException"), "expired token exception");
  EXPECT_EQ(words_of("TOKEN_EXPIRED"), "token expired");
  EXPECT_EQ(words_of("api-key.notFound"), "api key not found");
  EXPECT_EQ(words_of("JWTExpired"), "jwt expired");
  EXPECT_EQ(words_of("denied{Jwt_is_expired}"), "denied jwt is expired ");
}

TEST(Signatures, EveryExampleIsDiagnosedAsItsSignatureSays) {
  for (const Signature& signature : test::rules()->signatures.all()) {
    for (const Signature::Example& example : signature.examples) {
      Input input;
      input.status = example.status;
      input.headers = example.headers;
      input.body = example.body;
      input.sent = example.sent;
      const Diagnosis diagnosis = diagnose(input, *test::rules());
      EXPECT_EQ(to_string(diagnosis.cause), to_string(signature.cause)) << signature.id;
      EXPECT_NE(diagnosis.refusal, Refusal::none) << signature.id;
      EXPECT_TRUE(std::ranges::any_of(diagnosis.evidence,
                                      [&](const std::string& line) { return line.ends_with(" " + signature.id); }))
          << signature.id << " does not match its own example";
    }
  }
}

TEST(Signatures, RefusalsUnderASuccessCodeAreSuspected) {
  for (const Signature& signature : test::rules()->signatures.all()) {
    for (const Signature::Example& example : signature.examples) {
      if (example.status < 200 || example.status >= 400) continue;
      EXPECT_TRUE(may_hide_refusal(example.status, example.headers, example.body)) << signature.id;
    }
  }
}

// A signature that another vendor's answer matches puts a wrong name into the evidence: its phrase is a wording rule.
TEST(Signatures, NoneMatchesAnotherVendorsExample) {
  const std::set<std::set<std::string>> kin = {
      {"aws", "minio"},         {"aws", "alibaba"},       {"envoy", "istio"},     {"vault", "hashicorp"},
      {"docker", "docker_hub"}, {"docker", "harbor"},     {"wechat", "dingtalk"}, {"kong", "supabase"},
      {"cloudflare", "vercel"}, {"django", "django_rest"}};
  for (const Signature& signature : test::rules()->signatures.all()) {
    for (const Signature::Example& example : signature.examples) {
      Clues clues;
      test::rules()->signatures.read(example.status, example.headers, parse_body(example.body, "", true), example.body,
                                     clues, false);
      for (const Clue& clue : clues) {
        const std::string id = clue.evidence.substr(clue.evidence.rfind(' ') + 1);
        const std::string vendor = id.substr(0, id.find('.'));
        EXPECT_TRUE(vendor == signature.vendor || kin.contains({vendor, signature.vendor}))
            << id << " matches the example of " << signature.id;
      }
    }
  }
}

TEST(Signatures, IdsAreUniqueAndSourcesAreLinks) {
  std::set<std::string> ids;
  std::set<std::string> vendors;
  for (const Signature& signature : test::rules()->signatures.all()) {
    EXPECT_TRUE(ids.insert(signature.id).second) << signature.id;
    EXPECT_TRUE(signature.source.starts_with("https://")) << signature.id;
    vendors.insert(signature.vendor);
  }
  EXPECT_GE(vendors.size(), 100u);
}

std::string error_of(const std::string& toml) {
  try {
    Signatures set;
    set.add(toml);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

TEST(SignatureFile, ErrorsNameTheSignatureAndTheRule) {
  const std::string start = "[[signature]]\nid = \"x.y\"\nsource = \"https://x\"\ncause = \"rate_limited\"\n";
  const std::string example = "examples = [{ status = 403 }]\n";
  EXPECT_EQ(error_of(start + "body = 'a'\n" + example), "no error");
  EXPECT_EQ(error_of(start + example), "signature x.y: needs at least one pattern in body, fields or headers");
  EXPECT_EQ(error_of(start + "body = 'a'\n"), "signature x.y: needs at least one example");
  EXPECT_EQ(error_of(start + "body = 'a'\nbodi = 'a'\n" + example), "signature x.y: unknown key bodi");
  EXPECT_TRUE(error_of(start + "body = '('\n" + example).starts_with("signature x.y: "));
  EXPECT_TRUE(error_of("[[signature]").starts_with("line 1"));
  EXPECT_EQ(error_of("[[signatur]]\n"), "signatur: unknown key; the file consists of [[signature]]");
}

TEST(SignatureFile, UsersSignaturesWorkBesideTheBuiltInOnes) {
  Signatures set = built_in_signatures();
  set.add(
      "[[signature]]\nid = \"acme.frozen\"\nsource = \"https://acme.example\"\ncause = \"resource_disabled\"\n"
      "fields = { code = 'E-77' }\nexamples = [{ status = 403, body = '{\"code\":\"E-77\"}' }]\n");
  set.compile();
  Input input;
  input.status = 403;
  input.body = R"({"code":"E-77"})";
  EXPECT_EQ(diagnose(input, *ruleset_with(std::move(set))).cause, Cause::resource_disabled);
  EXPECT_EQ(diagnose(input, *test::rules()).cause, Cause::insufficient_permissions);
}

}  // namespace
}  // namespace authprobe::diagnosis
