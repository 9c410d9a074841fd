#include "exporter/diagnosis/decision.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "exporter/diagnosis/belief.h"
#include "exporter/diagnosis/body_fields.h"
#include "exporter/diagnosis/evidence.h"
#include "exporter/diagnosis/login_address.h"
#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

// Of equally plain clues from equally trusted sources, the one that says more: "access denied: your IP address is not
// allowed" speaks of permissions and of addresses, and means the address.
int precedence(Cause cause, Strength strength) {
  static constexpr std::array kOrder = {Cause::unknown,
                                        Cause::insufficient_permissions,
                                        Cause::invalid_credentials,
                                        Cause::missing_credentials,
                                        Cause::malformed_credentials,
                                        Cause::insufficient_scope,
                                        Cause::resource_disabled,
                                        Cause::expired_token,
                                        Cause::revoked_token,
                                        Cause::auth_service_down,
                                        Cause::clock_skew,
                                        Cause::waf_blocked,
                                        Cause::ip_blocked,
                                        Cause::geo_blocked,
                                        Cause::rate_limited};
  // "Authorization failed: insufficient permissions" names the right that lacks; "access denied" alone names nothing.
  if (cause == Cause::insufficient_permissions && strength == Strength::names) return 5;
  return 2 * static_cast<int>(std::ranges::find(kOrder, cause) - kOrder.begin());
}

auto weight(const Clue& clue) {
  return std::tuple(clue.firm, clue.strength, clue.trust, precedence(clue.cause, clue.strength));
}

// What we know of the credential explains a refusal of the credential, not one of the address or the rate.
bool credential_facts_apply(const Clues& clues) {
  return std::ranges::none_of(clues, [](const Clue& clue) {
    return clue.strength == Strength::names && clue.trust > Trust::credential && !about_credential(clue.cause) &&
           clue.cause != Cause::clock_skew;
  });
}

// Rails takes tokens under both words and offers one of them, always with a realm:
// https://api.rubyonrails.org/classes/ActionController/HttpAuthentication/Token.html
bool offers_bearer(std::span<const Challenge> challenges) {
  return std::ranges::any_of(challenges, [](const Challenge& challenge) {
    return challenge.scheme == "bearer" || (challenge.scheme == "token" && !challenge.param("realm").empty());
  });
}

bool offers(std::span<const Challenge> challenges, std::string_view scheme) {
  return std::ranges::any_of(challenges, [&](const Challenge& challenge) { return challenge.scheme == scheme; });
}

// The server offers schemes, and the one that was sent is not among them (RFC 9110, section 11.6.1). An API key and a
// cookie have no scheme: servers that take them offer whatever else they take, so that a challenge tells nothing.
bool wrong_scheme(SentCredential sent, std::span<const Challenge> challenges) {
  if (challenges.empty()) return false;
  if (sent == SentCredential::basic) return !offers(challenges, "basic");
  if (sent == SentCredential::digest) return !offers(challenges, "digest");
  if (sent == SentCredential::sigv4) return !offers(challenges, "aws4-hmac-sha256");
  if (sent == SentCredential::negotiate) return !offers(challenges, "negotiate");
  if (sent != SentCredential::bearer && sent != SentCredential::oauth2) return false;
  return !offers_bearer(challenges);
}

// What says the same in general terms: "invalid token" beside "expired", "access denied" beside anything.
bool compatible(Cause cause, const Clue& other) {
  if (other.cause == cause || other.vague) return true;
  if (other.strength == Strength::names) return false;
  if (other.cause == Cause::invalid_credentials) return about_credential(cause) || cause == Cause::clock_skew;
  return other.cause == Cause::insufficient_permissions && cause == Cause::insufficient_scope;
}

// What is said in so many words, of the caller. A refusal that asks who calls speaks of what was sent; one that forbids
// (403) or wants to be paid (402) may speak, but for rights, of anything that the call was about: a link that has
// expired, a key of encryption that is disabled.
bool plain_of_caller(const Clue& clue, int status) {
  const bool of_rights = clue.cause == Cause::insufficient_permissions || clue.cause == Cause::insufficient_scope;
  const bool forbids = status == 402 || status == 403;
  return (status_refuses(status) && (!forbids || of_rights)) || clue.of_caller || clue.trust >= Trust::signature;
}

Confidence confidence_of(const Clue& best, const Clues& clues, int status) {
  if (best.strength == Strength::hints) return Confidence::guess;
  if (best.strength == Strength::suggests) return best.trust >= Trust::field ? Confidence::likely : Confidence::guess;
  if (best.of_data) return Confidence::likely;  // of a code that somebody else was sent, as well as of a token
  if (best.trust < Trust::field || !plain_of_caller(best, status)) return Confidence::likely;
  // Under 400, 409 or 422 it may be of the call's content, under 5xx of the server itself, whom its own upstream
  // refuses.
  const bool of_caller_alone = status < 400 || (status == 400 && best.of_status) || status_refuses(status);
  if (best.trust <= Trust::signature && !best.firm && !of_caller_alone) return Confidence::likely;
  // Of goods and data, too, is said that they are not available in a country.
  if (status < 400 && best.trust <= Trust::field && best.cause == Cause::geo_blocked) return Confidence::likely;
  const bool disputed = std::ranges::any_of(clues, [&](const Clue& other) {
    const Trust least = other.strength == Strength::names ? Trust::wording : Trust::field;
    return other.strength != Strength::hints && other.trust >= least && !compatible(best.cause, other);
  });
  return disputed ? Confidence::likely : Confidence::certain;
}

// Nothing was sent, or nothing that followed a redirect: whatever the server says of a credential, it says for want of
// one.
void judge_nothing_sent(const Input& input, const Clue& best, std::span<const Challenge> challenges,
                        Decision& decision) {
  const bool asks_who = input.status == 401 || input.status == 407;
  const bool withheld = !input.redirected_to.empty();
  // In the body, where a login has it; what answers so under a success or a failure takes all its credentials there.
  const bool tells_all_so = (input.status < 400 || input.status >= 500) && best.cause == Cause::invalid_credentials &&
                            best.strength == Strength::names;
  // Of nothing, nobody says that it has expired or was revoked.
  const bool ended = (best.cause == Cause::expired_token || best.cause == Cause::revoked_token) &&
                     best.strength == Strength::names && !withheld;
  const bool in_login = best.cause != Cause::missing_credentials && takes_credentials(input.posted_to);
  const bool seen = ended || ((best.credential_seen || tells_all_so || in_login) && challenges.empty());
  // "Wrong password" may be said of a login's body, whatever challenge stands beside it.
  const bool calls_it_wrong = best.credential_seen && best.strength == Strength::names;
  const bool for_want_of_one = about_credential(best.cause) && !seen;
  const bool permissions = best.cause == Cause::insufficient_permissions || best.cause == Cause::insufficient_scope;
  // "Token does not have access": it has come, in the body.
  const bool right_of_nobody = permissions && !best.credential_seen && !in_login;
  if (for_want_of_one || (asks_who && (right_of_nobody || (permissions && !challenges.empty())))) {
    const bool plain = asks_who && (!challenges.empty() || best.strength != Strength::hints);
    decision.confidence = plain || best.cause == Cause::missing_credentials ? decision.confidence : Confidence::guess;
    const bool says_so = !challenges.empty() || best.cause == Cause::missing_credentials;
    if (plain) decision.confidence = says_so && !calls_it_wrong ? Confidence::certain : Confidence::likely;
    if (asks_who && decision.confidence == Confidence::guess) decision.confidence = Confidence::likely;
    decision.cause = Cause::missing_credentials;
    if (!withheld) decision.reasons.emplace_back("no credential was sent");
  } else if (permissions && withheld && best.strength != Strength::names) {
    decision.cause = Cause::missing_credentials;
    decision.confidence = Confidence::likely;
  } else if (right_of_nobody && best.strength == Strength::suggests && best.trust >= Trust::field) {
    decision.cause = Cause::missing_credentials;
    decision.confidence = Confidence::guess;
    decision.reasons.emplace_back("no credential was sent, and the server's words are about permissions");
  } else if (right_of_nobody && best.strength != Strength::names) {  // a web server's page says it to everybody
    decision.cause = Cause::unknown;
    decision.confidence = Confidence::guess;
  } else if ((permissions || seen) &&
             decision.confidence == Confidence::certain) {  // of whom, if nobody says who asks?
    decision.confidence = Confidence::likely;
  }
}

// "Invalid credentials. The e-mail or the password is wrong": one text names the cause, the other what has arrived.
Clue with_what_others_saw(Clue best, const Clues& clues) {
  best.credential_seen = std::ranges::any_of(clues, [&](const Clue& other) {
    return other.cause == best.cause && other.strength == best.strength && other.credential_seen;
  });
  return best;
}

// Something was sent, and the server says that it has seen nothing: it did not take it for a credential.
void judge_sent(const Input& input, const Clues& clues, std::span<const Challenge> challenges, Decision& decision) {
  const Clue& best = clues.front();
  const bool mismatch = input.unanswered || wrong_scheme(input.sent, challenges);
  // "Missing or invalid": what was sent chooses. Words that say what came of it count more than what is asked for.
  const bool or_invalid = !mismatch && std::ranges::any_of(clues, [](const Clue& clue) {
    const bool plain = clue.strength == Strength::names && clue.credential_seen;
    return clue.cause == Cause::invalid_credentials && clue.trust >= Trust::field &&
           (plain || (clue.strength == Strength::suggests && clue.alternative));
  });
  const bool no_right = input.status == 403 && std::ranges::any_of(clues, [](const Clue& clue) {
                          return clue.cause == Cause::insufficient_permissions && clue.strength == Strength::names &&
                                 clue.trust >= Trust::field;
                        });
  if (best.cause == Cause::missing_credentials && (or_invalid || no_right)) {
    decision.cause = or_invalid ? Cause::invalid_credentials : Cause::insufficient_permissions;
    decision.confidence = Confidence::likely;
    decision.reasons.emplace_back("a credential was sent");
  } else if (best.cause == Cause::missing_credentials && (input.status != 407 || !mismatch)) {
    const bool unseen = best.strength == Strength::names;
    decision.cause = unseen || mismatch ? Cause::malformed_credentials : Cause::invalid_credentials;
    decision.confidence = unseen || mismatch ? Confidence::likely : Confidence::guess;
    decision.reasons.emplace_back(unseen ? "a credential was sent, but the server reports none"
                                         : "a credential was sent");
  } else if (best.cause == Cause::invalid_credentials && mismatch && best.strength == Strength::hints) {
    decision.cause = Cause::malformed_credentials;
    decision.confidence = Confidence::likely;
  }
  // A key has permissions, and no scopes unless the server says so.
  if (input.sent == SentCredential::api_key && best.cause == Cause::insufficient_scope &&
      best.trust < Trust::signature && wire::lowered(best.evidence).find("scope") == std::string::npos) {
    decision.cause = Cause::insufficient_permissions;
    decision.confidence = std::max(decision.confidence, Confidence::likely);
  }
  decision.scheme_mismatch = mismatch;
  if (input.unanswered) {
    decision.reasons.emplace_back(input.status == 401
                                      ? "no password was sent: no challenge of the server could be answered"
                                      : "no password was sent: the server did not ask for one (401)");
  } else if (mismatch) {
    decision.reasons.push_back("the credential that was sent (" + std::string(to_string(input.sent)) +
                               ") has none of the schemes that the server offers");
  }
  if (decision.cause == Cause::invalid_credentials && !input.credential.hint.empty()) {
    decision.reasons.emplace_back(input.credential.hint);
  }
  if (decision.cause == Cause::invalid_credentials && !input.credential.shape_problem.empty()) {
    decision.cause = Cause::malformed_credentials;
    decision.confidence = Confidence::likely;
  }
}

// Causes that say what became of a credential, where "invalid" and "malformed" only say that it was not accepted.
bool says_which(Cause cause) {
  return cause == Cause::expired_token || cause == Cause::revoked_token || cause == Cause::clock_skew;
}

// A signature that knows a code as "some trouble with the credential" gives way to words of the same answer that say
// which.
void let_plain_words_win(Clues& clues) {
  const bool plainer = std::ranges::any_of(clues, [](const Clue& clue) {
    return says_which(clue.cause) && clue.strength == Strength::names &&
           (clue.trust == Trust::field || clue.trust == Trust::protocol);
  });
  if (!plainer) return;
  for (Clue& clue : clues) {
    const bool general = clue.cause == Cause::invalid_credentials || clue.cause == Cause::malformed_credentials;
    if (clue.trust == Trust::signature && general && !clue.firm) clue.strength = Strength::suggests;
  }
}

// A sentence that is only read by its ideas counts where nothing else of the answer speaks plainly; or beside
// "invalid", where it says what became of the credential.
void let_rules_win(Clues& clues) {
  const auto told = [&clues](auto property) {
    return std::ranges::any_of(clues, [&](const Clue& clue) {
      return !clue.by_phrase && clue.strength != Strength::hints && !clue.vague && clue.trust >= Trust::field &&
             property(clue.cause);
    });
  };
  if (!told([](Cause) { return true; })) return;
  const bool says_more = told([](Cause cause) { return cause != Cause::invalid_credentials; });
  std::erase_if(clues, [&](const Clue& clue) { return clue.by_phrase && (says_more || !says_which(clue.cause)); });
  if (std::ranges::none_of(clues, &Clue::by_phrase)) return;
  for (Clue& clue : clues) {
    if (!clue.firm) clue.strength = std::min(clue.strength, Strength::suggests);
  }
}

// What was sent leaves it open, however plainly the server speaks: a credential may have come and not been taken for
// one; a permission that a token misses may be its own, a scope, or its user's; of a key, what some services call a
// scope others call a permission; and a 401 asks who calls (RFC 9110, 15.5.2), whatever it says of rights.
bool leaves_a_choice(const Clue& best, const Input& input) {
  if (best.cause == Cause::missing_credentials) return input.sent != SentCredential::none;
  const bool key = input.sent == SentCredential::api_key;
  const bool open =
      key || input.sent == SentCredential::bearer || input.sent == SentCredential::oauth2 || input.status == 401;
  if (key && best.cause == Cause::insufficient_scope && best.trust < Trust::protocol) return true;
  return open && best.cause == Cause::insufficient_permissions && best.trust < Trust::signature;
}

}  // namespace

bool about_credential(Cause cause) {
  switch (cause) {
    case Cause::missing_credentials:
    case Cause::malformed_credentials:
    case Cause::invalid_credentials:
    case Cause::expired_token:
    case Cause::revoked_token: return true;
    default: return false;
  }
}

Decision decide(const Input& input, std::span<const Challenge> challenges, const Clues& clues) {
  Clues believed;
  const bool facts = credential_facts_apply(clues);
  for (const Clue& clue : clues) {
    if (!believable(clue, input) || (!facts && clue.trust == Trust::credential)) continue;
    believed.push_back(under_status(clue, input));
  }
  let_rules_win(believed);
  let_plain_words_win(believed);
  std::ranges::stable_sort(believed, [](const Clue& a, const Clue& b) { return weight(a) > weight(b); });
  Decision decision;
  if (!input.redirected_to.empty()) {
    decision.reasons.push_back("redirected to " + redact(input.redirected_to) +
                               ", another origin, to which the credential is not sent");
  }
  if (believed.empty()) return decision;
  const Clue& best = believed.front();
  decision.cause = best.cause;
  decision.confidence = confidence_of(best, believed, input.status);
  if (leaves_a_choice(best, input) && decision.confidence == Confidence::certain)
    decision.confidence = Confidence::likely;
  for (const Clue& clue : believed) {
    if (!clue.evidence.empty() && std::ranges::find(decision.reasons, clue.evidence) == decision.reasons.end()) {
      decision.reasons.push_back(clue.evidence);
    }
  }
  if (best.firm) return decision;
  if (input.sent == SentCredential::none) {
    judge_nothing_sent(input, with_what_others_saw(best, believed), challenges, decision);
  } else if (input.sent != SentCredential::unknown) {
    judge_sent(input, believed, challenges, decision);
  }
  return decision;
}

Refusal refusal_of(Cause cause, int status) {
  if (cause == Cause::rate_limited) return Refusal::rate_limit;
  if (cause == Cause::unknown) {
    if (status == 401 || status == 407) return Refusal::authentication;
    return status_refuses(status) ? Refusal::authorization : Refusal::none;
  }
  const bool who = about_credential(cause) || cause == Cause::clock_skew || cause == Cause::auth_service_down;
  return who ? Refusal::authentication : Refusal::authorization;
}

}  // namespace authprobe::diagnosis
