// Clues from clocks: the server's Date against ours, and both against the times that stand in the credential; and from
// what its issuer says of it.
#include <chrono>

#include "exporter/diagnosis/standards.h"
#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

using std::chrono::seconds;

constexpr seconds kTolerance{60};  // what issuers and verifiers commonly forgive
constexpr seconds kDateUnit{1};    // of a Date, which is cut to the second

std::string in_words(seconds time) {
  const auto count = std::chrono::abs(time).count();
  if (count < 120) return std::to_string(count) + " s";
  if (count < 2 * 3600) return std::to_string(count / 60) + " min";
  if (count < 2 * 86400) return std::to_string(count / 3600) + " h";
  return std::to_string(count / 86400) + " days";
}

seconds between(WallTime from, WallTime to) {
  return std::chrono::duration_cast<seconds>(to - from);
}

// What its issuer says of the credential, and which scopes it lacks.
void read_standing(const Input& input, Clues& clues) {
  const CredentialFacts& known = input.credential;
  const bool has_ended = known.expires_at && input.now && *known.expires_at <= *input.now;
  if (known.active == false && !has_ended) {
    clues.push_back({Cause::revoked_token, Strength::names, Trust::credential,
                     "introspection: the issuer reports the token as not active"});
  }
  if (input.status == 401) return;
  const auto note = [&](std::string_view what, const std::vector<std::string>& scopes) {
    if (scopes.empty()) return;
    clues.push_back({Cause::insufficient_scope, Strength::suggests, Trust::credential,
                     std::string(what) + wire::joined(scopes, ", ")});
  };
  note("the credential lacks required scopes: ", known.missing_scopes);
  note("the credential's issuer has taken scopes away: ", known.lost_scopes);
}

}  // namespace

std::optional<seconds> server_ahead(const Input& input) {
  const std::optional<WallTime> date = wire::read_http_date(header_of(input.headers, "date"));
  if (!date || !input.now) return std::nullopt;
  return between(*input.now, *date);
}

void read_times(const Input& input, Clues& clues) {
  const CredentialFacts& known = input.credential;
  const auto add = [&](Cause cause, Strength strength, std::string evidence) {
    clues.push_back({cause, strength, Trust::credential, std::move(evidence)});
  };
  const std::optional<seconds> ahead = server_ahead(input);
  const bool skewed = ahead && std::chrono::abs(*ahead) > kSkewed;
  read_standing(input, clues);
  if (skewed) {
    // A clue only for what is signed with a time. For the rest it may be a coincidence: shown, but no cause.
    const bool signs_time = input.sent == SentCredential::sigv4 || input.sent == SentCredential::hmac ||
                            input.sent == SentCredential::negotiate;
    const std::string evidence =
        "the server's clock is " + in_words(*ahead) + (ahead->count() > 0 ? " ahead of ours" : " behind ours");
    clues.push_back({signs_time ? Cause::clock_skew : Cause::unknown, signs_time ? Strength::suggests : Strength::hints,
                     signs_time ? Trust::credential : Trust::status, evidence});
  }
  if (!input.now) return;
  if (known.expires_at && *known.expires_at <= *input.now) {
    add(Cause::expired_token, Strength::names,
        "the credential expired " + in_words(between(*known.expires_at, *input.now)) + " ago");
  } else if (known.expires_at && ahead && *known.expires_at + kDateUnit < *input.now + *ahead) {
    add(Cause::clock_skew, Strength::names, "by the server's clock the credential has expired, by ours it has not");
  }
  if (known.not_before && *known.not_before > *input.now + kTolerance) {
    add(Cause::clock_skew, Strength::names,
        "the credential is valid only from " + in_words(between(*input.now, *known.not_before)) + " from now");
  } else if (known.not_before && ahead && *known.not_before > *input.now + *ahead + kDateUnit) {
    // A little is forgiven by most, but not by all.
    const bool forgiven = *known.not_before <= *input.now + *ahead + kTolerance;
    add(Cause::clock_skew, forgiven ? Strength::suggests : Strength::names,
        "by the server's clock the credential is not valid yet");
  }
  if (known.issued_at && *known.issued_at > *input.now + kTolerance) {
    add(Cause::clock_skew, Strength::names,
        "the credential was issued " + in_words(between(*input.now, *known.issued_at)) + " in our future");
  } else if (known.issued_at && ahead && *known.issued_at > *input.now + *ahead + kTolerance) {
    add(Cause::clock_skew, Strength::suggests, "by the server's clock the credential was issued in the future");
  }
}

}  // namespace authprobe::diagnosis
