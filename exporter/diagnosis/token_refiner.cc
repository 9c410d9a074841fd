#include "exporter/diagnosis/token_refiner.h"

#include <algorithm>
#include <string_view>

#include "exporter/diagnosis/standards.h"
#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

using std::chrono::seconds;

// Two clocks that differ by less agree: a Date counts whole seconds, and an answer takes a while.
constexpr seconds kAgree{60};

constexpr char kOtherToken[] = "Fetch a token from the issuer, and for the audience, that the API wants.";

// Of a claim or a URL: no secret, but foreign.
std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 128;
  std::string result = "\"";
  for (const char c : text.substr(0, kMost)) result += c > ' ' && c < 0x7f && c != '"' ? c : '?';
  return result + (text.size() > kMost ? "...\"" : "\"");
}

std::string listed(const std::vector<std::string>& texts) {
  constexpr std::size_t kMost = 4;
  std::string result;
  for (std::size_t i = 0; i < std::min(kMost, texts.size()); ++i) result += (i == 0 ? "" : ", ") + shown(texts[i]);
  return result + (texts.size() > kMost ? ", ..." : "");
}

std::string_view without_last_slash(std::string_view text) {
  return text.ends_with('/') ? text.substr(0, text.size() - 1) : text;
}
bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::any_of(names, [&](const std::string& one) { return is_same_identifier(one, name); });
}

std::string against_ours(seconds ahead) {
  const auto count = std::chrono::abs(ahead).count();
  return (count < 120 ? std::to_string(count) + " s" : std::to_string(count / 60) + " min") +
         (ahead.count() > 0 ? " ahead of ours" : " behind ours");
}

bool over(std::optional<WallTime> end, WallTime when) {
  return end && *end <= when;
}
bool early(std::optional<WallTime> start, WallTime when) {
  return start && *start > when + kAgree;
}

class TokenRefiner {
 public:
  TokenRefiner(const TokenReport& token, Refiner& refiner) : token_(token), refiner_(refiner) {}

  // Each step adds its facts; the first one that explains the refusal names the cause.
  std::string apply(const ResourceReport* resource, std::optional<seconds> server_ahead) {
    const bool failure = refiner_.unexplained_failure();  // of a server: it says nothing of the token
    if (token_.health) check_health(*token_.health);
    if (!token_.about_token || failure) return std::move(advice_);
    if (!token_.is_jwt) {
      refiner_.note("an issuer is configured, but the secret is not a JWT");
      explain(Cause::malformed_credentials, Confidence::guess,
              "A JWT has three parts with dots between them: look for a part that is missing.");
      return std::move(advice_);
    }
    if (token_.answer) compare_clocks(token_.answer->ahead, server_ahead);
    check_claims();
    if (resource != nullptr) check_resource(*resource);
    if (token_.answer) check_answer(*token_.answer);
    if (!explained_ && token_.key == KeyFit::verifies) all_is_well();
    return std::move(advice_);
  }

 private:
  // Nothing stronger than a guess stands so far.
  bool open() const { return refiner_.vague() || refiner_.confidence() == Confidence::guess; }

  void explain(Cause cause, Confidence confidence, std::string_view advice = "") {
    if (explained_) return;
    explained_ = true;
    if (open()) refiner_.conclude(cause, confidence);
    if (refiner_.cause() == cause) advice_ = advice;
  }

  // The server has accepted the very token: what does not change with time does not explain the refusal.
  bool worked_before() const {
    const auto& last_good = refiner_.input().last_good;
    return last_good && token_.loaded_at && *last_good > *token_.loaded_at;
  }

  void misfit(std::string fact, Confidence confidence) {
    if (worked_before()) {
      refiner_.note(std::move(fact) + ", but the server has accepted this token before");
      return;
    }
    refiner_.note(std::move(fact));
    explain(Cause::invalid_credentials, confidence, kOtherToken);
  }

  void check_claims() {
    if (wire::equal_ignoring_case(token_.algorithm, "none")) {
      refiner_.note("the token is not signed: its alg is \"none\"");
      explain(Cause::invalid_credentials, Confidence::likely, "Fetch a token that its issuer has signed.");
    }
    if (token_.expected_issuer.empty() || is_same_identifier(token_.issuer, token_.expected_issuer)) return;
    misfit("the token's issuer is " + shown(token_.issuer) + ", but token_issuer is " + shown(token_.expected_issuer),
           Confidence::likely);
  }

  void check_resource(const ResourceReport& api) {
    if (!api.problem.empty()) return refiner_.note("the API's resource_metadata cannot be used: " + api.problem);
    const bool trusted = api.authorization_servers.empty() || has(api.authorization_servers, token_.issuer);
    if (!trusted && !token_.issuer.empty()) {
      misfit(
          "the token's issuer is " + shown(token_.issuer) + ", but the API trusts " + listed(api.authorization_servers),
          Confidence::likely);
    }
    if (token_.audiences.empty() || has(token_.audiences, api.resource)) return;
    // A name that is no URL, or the API's URL written otherwise, may be accepted all the same.
    const bool doubtful = std::ranges::any_of(token_.audiences, [&](const std::string& audience) {
      return audience.find("://") == std::string::npos || api.resource.starts_with(without_last_slash(audience)) ||
             audience.starts_with(without_last_slash(api.resource));
    });
    misfit("the token's audience is " + listed(token_.audiences) + ", but the API is " + shown(api.resource),
           doubtful ? Confidence::guess : Confidence::likely);
  }

  // The API needs the issuer too: without it, or without its keys, it refuses good tokens, or fails itself.
  void blame_issuer(std::string fact, Confidence confidence) {
    refiner_.note(std::move(fact));
    const int status = refiner_.input().status;
    if (status == 401 || status >= 500) explain(Cause::auth_service_down, confidence);
  }

  void check_health(const HealthAnswer& answer) {
    const std::string asked = "the health page of the auth service ";
    const std::string time = refiner_.when(answer.asked_at);
    const std::string says = answer.status == 0 ? asked + "does not answer: " + answer.error + time
                                                : asked + "answers " + std::to_string(answer.status) + time;
    if (!answer.fails()) return refiner_.note(says);
    // It may be silent to us alone: the API may reach it.
    blame_issuer(says, answer.status == 0 ? Confidence::guess : Confidence::likely);
  }

  void check_answer(const IssuerAnswer& answer) {
    using State = IssuerAnswer::State;
    const std::string asked = "the token's issuer, asked for " + answer.asked + refiner_.when(answer.asked_at) + ", ";
    switch (answer.state) {
      case State::keys_read: return check_key(answer.keys);
      case State::failing: return blame_issuer(asked + "answers " + answer.detail, Confidence::likely);
      // Perhaps only to us: the API may reach it.
      case State::silent: return blame_issuer(asked + "does not answer: " + answer.detail, Confidence::guess);
      case State::unreadable: return blame_issuer(asked + "answers " + answer.detail, Confidence::likely);
      case State::another_issuer:
        return blame_issuer("the metadata of the token's issuer names another one: " + shown(answer.detail),
                            Confidence::guess);
      case State::no_metadata: return refiner_.note(asked + "answers " + answer.detail);
      case State::keys_elsewhere:
        return refiner_.note("the issuer's keys are at " + shown(answer.detail) +
                             ", which is not asked: token_issuer.jwks_url does not name it");
    }
  }

  void check_key(std::size_t keys) {
    const std::string key = token_.key_id.empty() ? "key" : "key " + shown(token_.key_id);
    switch (token_.key) {
      case KeyFit::verifies: return;
      case KeyFit::unknown:
        return refiner_.note("the token's issuer answers; its keys do not tell about alg " + shown(token_.algorithm));
      case KeyFit::absent:
        refiner_.note("the " + key + " that signed the token is not among the issuer's " + std::to_string(keys) +
                      (keys == 1 ? " key" : " keys"));
        return explain(Cause::invalid_credentials, Confidence::likely,
                       "The issuer has withdrawn the key, or another environment signed the token: fetch a new token.");
      case KeyFit::wrong_type:
        refiner_.note("the token's alg is " + shown(token_.algorithm) + ", but the issuer's " + key +
                      " is for another one");
        return explain(Cause::invalid_credentials, Confidence::likely, "Fetch a token that its issuer has signed.");
      case KeyFit::fails:
        refiner_.note("the token's signature does not verify with the issuer's " + key);
        return explain(Cause::invalid_credentials, Confidence::likely,
                       "The token was changed, or another environment signed it: fetch a new token.");
    }
  }

  void all_is_well() {
    refiner_.note("the token's signature verifies with the issuer's key" +
                  (token_.key_id.empty() ? "; the token does not name it (kid)" : ' ' + shown(token_.key_id)));
    const bool unexplained = refiner_.input().status == 401 && refiner_.vague() && worked_before();
    if (!unexplained || refiner_.input().credential.active == true) return;
    refiner_.note("the server has accepted this token before, and its issuer still has the key");
    explain(Cause::revoked_token, Confidence::guess);
  }

  // Three clocks: two that agree tell which one is wrong.
  void compare_clocks(std::optional<seconds> issuer, std::optional<seconds> server) {
    if (!issuer || !refiner_.input().now) return;
    const bool issuer_off = std::chrono::abs(*issuer) > kSkewed;
    const bool server_off = server && std::chrono::abs(*server) > kSkewed;
    if (server_off && std::chrono::abs(*server - *issuer) <= kAgree) {
      refiner_.note("the issuer's clock agrees with the server's: ours is wrong");
      if (only_our_clock_objects(*server)) forget_the_time();
    } else if (server_off && !issuer_off) {
      refiner_.note("the issuer's clock agrees with ours: the server's is wrong");
    } else if (issuer_off) {
      refiner_.note("the issuer's clock is " + against_ours(*issuer));
      if (server) note_end_at_issuer(*issuer);
    }
  }

  bool only_our_clock_objects(seconds server) const {
    const CredentialFacts& times = refiner_.input().credential;
    const WallTime theirs = *refiner_.input().now + server;
    const bool by_time = refiner_.cause() == Cause::expired_token || refiner_.cause() == Cause::clock_skew;
    return by_time && !over(times.expires_at, theirs) && !early(times.not_before, theirs) &&
           !early(times.issued_at, theirs);
  }

  void forget_the_time() {
    if (refiner_.confidence() == Confidence::certain) return;
    refiner_.note("by both of their clocks the token is valid now");
    refiner_.conclude(Cause::invalid_credentials, Confidence::guess);
  }

  // An API that has the issuer check its tokens refuses by the issuer's clock; the issuer calls them inactive then.
  void note_end_at_issuer(seconds issuer) {
    const CredentialFacts& times = refiner_.input().credential;
    const WallTime now = *refiner_.input().now;
    if (over(times.expires_at, now) || !over(times.expires_at, now + issuer)) return;
    refiner_.note("by the issuer's clock the token has expired already, by ours it has not");
    const bool inactive = refiner_.cause() == Cause::revoked_token && refiner_.confidence() != Confidence::certain;
    if (inactive) refiner_.conclude(Cause::clock_skew, Confidence::guess);
    explain(Cause::clock_skew, Confidence::guess);
  }

  const TokenReport& token_;
  Refiner& refiner_;
  bool explained_ = false;
  std::string advice_;
};

}  // namespace

std::string apply_token_report(const TokenReport& token, const ResourceReport* resource,
                               std::optional<seconds> server_ahead, Refiner& refiner) {
  return TokenRefiner(token, refiner).apply(resource, server_ahead);
}

bool is_same_identifier(std::string_view a, std::string_view b) {
  return without_last_slash(a) == without_last_slash(b);
}

}  // namespace authprobe::diagnosis
