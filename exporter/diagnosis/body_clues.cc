#include "exporter/diagnosis/body_clues.h"

#include <algorithm>

#include "exporter/diagnosis/evidence.h"
#include "exporter/diagnosis/field_clues.h"
#include "exporter/diagnosis/statement.h"

namespace authprobe::diagnosis {

void read_body(const Body& body, const Wording& wording, Clues& clues) {
  for (const Field& field : body.fields) read_field(field, wording, clues);
  read_text(body, wording, clues);
}

void read_text(const Body& body, const Wording& wording, Clues& clues) {
  if (!body.title.empty())
    wording.read_page(phrase_of(body.title), "page title: \"" + redact(body.title) + "\"", clues);
  if (body.text.empty()) return;
  // A plain line of text is an application's own word; a page is what servers and firewalls show to all.
  if (body.format == BodyFormat::text && body.text.size() <= 300) {
    wording.read(phrase_of(body.text), Trust::field, "body says: \"" + redact(body.text) + "\"", clues);
  } else {
    wording.read_page(phrase_of(body.text), "page says: \"" + redact(body.text) + "\"", clues);
  }
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
