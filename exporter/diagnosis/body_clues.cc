#include "exporter/diagnosis/body_clues.h"

#include <algorithm>
#include <array>
#include <span>

#include "exporter/diagnosis/document_keys.h"
#include "exporter/diagnosis/evidence.h"
#include "exporter/diagnosis/field_clues.h"
#include "exporter/diagnosis/statement.h"

namespace authprobe::diagnosis {

namespace {

// RFC 6749, section 5.2: these codes, beside a description, are said of the client and of what it brought along. The
// last two are Salesforce's:
// https://help.salesforce.com/apex/HTViewHelpDoc?id=xcloud.remoteaccess_oauth_flow_errors.htm
bool is_refusal_of_oauth(const Body& body) {
  static constexpr std::array<std::string_view, 5> kCodes = {"invalid_client", "invalid_grant", "unauthorized_client",
                                                             "inactive_user", "inactive_org"};
  const auto any = [&](auto property) { return std::ranges::any_of(body.fields, property); };
  return any([](const Field& field) { return field.path == "error_description"; }) && any([](const Field& field) {
           return field.path == "error" && std::ranges::find(kCodes, field.value) != kCodes.end();
         });
}

// {"code": "SESSION_EXPIRED", "message": "The payment session has expired"}: of a code and a sentence that name the
// same, the sentence says of what.
void let_sentences_say_of_what(std::span<Clue> clues) {
  constexpr std::size_t kSentence = 4;
  for (const Clue& sentence : clues) {
    if (!sentence.of_data || sentence.strength == Strength::hints || sentence.words < kSentence) continue;
    for (Clue& clue : clues) {
      if (clue.words != 1 || clue.cause != sentence.cause) continue;
      clue.of_data = true;
      clue.of_caller = false;
    }
  }
}

// Of Tomcat's page, "HTTP Status 401 – Unauthorized ... Message WHAT Description ...": the one part that is not the
// same whatever the cause is.
std::string_view message_of_tomcat(const Body& body) {
  constexpr std::string_view kStart = " Message ", kEnd = " Description ";
  if (!body.title.starts_with("HTTP Status ")) return {};
  const std::string_view text = body.text;
  const std::size_t start = text.find(kStart);
  const std::size_t end = text.find(kEnd, std::min(start, text.size()));
  if (end == std::string_view::npos) return {};
  return text.substr(start + kStart.size(), std::max(end, start + kStart.size()) - start - kStart.size());
}

// Of a page of Flask and other frameworks, "400 Bad Request" as the title, "Bad Request" as the heading: the sentence
// behind them is the application's. Under 5xx it may be of an upstream's refusal.
std::string_view message_below_status(const Body& body) {
  constexpr std::size_t kNumber = 4, kLongest = 300;
  const std::string_view title = body.title;
  if (title.size() <= kNumber || title[0] != '4' || title.find_first_not_of("0123456789") != kNumber - 1) return {};
  std::string_view text = body.text;
  const auto skip = [&text](std::string_view start) {
    if (text.starts_with(start)) text.remove_prefix(start.size());
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  };
  skip(title);
  skip(title);  // as the heading, too
  skip(title.substr(kNumber));
  return text.size() <= kLongest && text.size() < body.text.size() ? text : std::string_view{};
}

}  // namespace

void read_body(const Body& body, const Wording& wording, bool of_caller, Clues& clues) {
  const std::size_t before = clues.size();
  for (const Field& field : body.fields) read_field(field, wording, clues);
  read_text(body, wording, clues);
  const bool of_oauth = is_refusal_of_oauth(body);
  if (!of_oauth) let_sentences_say_of_what(std::span(clues).subspan(before));
  if (!of_caller && !of_oauth) return;
  for (std::size_t i = before; i < clues.size(); ++i) clues[i].of_caller = !clues[i].of_data;
}

void read_text(const Body& body, const Wording& wording, Clues& clues) {
  if (const std::string_view message = message_of_tomcat(body); !message.empty())
    wording.read(phrase_of(message), Trust::field, "page says: \"" + redact(message) + "\"", clues);
  if (const std::string_view message = message_below_status(body); !message.empty()) {
    Clues said;
    wording.read(phrase_of(message), Trust::field, "page says: \"" + redact(message) + "\"", said);
    for (Clue& clue : said) clue.strength = std::min(clue.strength, Strength::suggests);  // a proxy may have made it
    std::ranges::move(said, std::back_inserter(clues));
  }
  if (!body.title.empty())
    wording.read_page(phrase_of(body.title), "page title: \"" + redact(body.title) + "\"", clues);
  if (body.text.empty()) return;
  // A plain line of text is an application's own word; a page is what servers and firewalls show to all.
  const bool is_page = body.format != BodyFormat::text && body.format != BodyFormat::json;
  if (!is_page && body.text.size() <= 300) {
    wording.read(phrase_of(body.text), Trust::field, "body says: \"" + redact(body.text) + "\"", clues);
  } else {
    wording.read_page(phrase_of(body.text), "page says: \"" + redact(body.text) + "\"", clues);
  }
}

bool tells_of_a_payment(const Body& body) {
  static constexpr std::array<std::string_view, 14> kWords = {
      " card", " declin",    " cvv",          " cvc",   " issuer", " do not hono", " acquirer",
      " bank", " customer'", " mobile money", " payer", " player", " fraud",       " monto "};
  static constexpr std::array<std::string_view, 5> kKeys = {"card", "karte", "carte_", "tarjeta", "cartao"};
  return std::ranges::any_of(body.fields, [](const Field& field) {
    const std::string words = " " + words_of(field.value);
    const std::string_view key = field.key();
    if (has_part(key, kKeys)) return true;
    return has_part(words, kWords);
  });
}

void read_refusing_page(const Body& body, const Wording& wording, Clues& clues) {
  constexpr std::size_t kShortTitle = 60;
  constexpr std::size_t kShortText = 1000;
  constexpr std::size_t kFewWords = 300;  // of a page that shows nothing but a robot's test
  if (body.title.empty() || body.title.size() > kShortTitle || body.text.size() > kShortText) return;
  Clues said;
  wording.read_page(phrase_of(body.title), "", said);
  bool refuses = std::ranges::any_of(said, [](const Clue& clue) { return clue.strength != Strength::hints; });
  if (!refuses && body.text.size() <= kFewWords) {
    wording.read_page(phrase_of(body.text), "", said);
    refuses = std::ranges::any_of(
        said, [](const Clue& clue) { return clue.cause == Cause::waf_blocked && clue.strength == Strength::names; });
  }
  if (refuses) read_text(body, wording, clues);
}

}  // namespace authprobe::diagnosis
