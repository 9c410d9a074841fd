// Which patterns are said, and that chance is never taken for one.
#include "exporter/diagnosis/refusal_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace authprobe::diagnosis {
namespace {

using Kind = RefusalPattern::Kind;

// Probes of three addresses in turn; the first address refuses where `refuses` says so.
std::vector<ProbeFacts> rotating(int probes, auto refuses) {
  std::vector<ProbeFacts> made;
  for (int i = 0; i < probes; ++i) {
    ProbeFacts facts;
    facts.address = static_cast<std::uint8_t>(i % 3 + 1);
    facts.secret = 1;
    facts.refused = refuses(facts);
    facts.let_in = !facts.refused;
    made.push_back(facts);
  }
  return made;
}

std::string said(const std::vector<ProbeFacts>& probes) {
  auto pattern = refusal_pattern(probes);
  if (!pattern) return "nothing";
  if (pattern->value > 0) pattern->where = "192.0.2." + std::to_string(pattern->value);
  return in_words(*pattern);
}

TEST(RefusalPattern, OneAddressOfThree) {
  EXPECT_EQ(said(rotating(13, [](const ProbeFacts& facts) { return facts.address == 1; })),
            "refused 5 of 5 at 192.0.2.1, 0 of 8 elsewhere");
}

TEST(RefusalPattern, TooFewProbesAreNone) {
  EXPECT_EQ(said(rotating(7, [](const ProbeFacts& facts) { return facts.address == 1; })), "nothing");
}

TEST(RefusalPattern, AnAddressThatWasAskedDuringOneOutageIsNone) {
  std::vector<ProbeFacts> probes(40);
  for (int i = 0; i < 40; ++i) {
    probes[i].address = i < 20 ? 1 : 2;
    probes[i].refused = i >= 20;
  }
  EXPECT_EQ(said(probes), "nothing");
}

TEST(RefusalPattern, TheBudget) {
  std::vector<ProbeFacts> probes;
  for (int i = 0; i < 36; ++i) {
    ProbeFacts facts;
    facts.refused = i % 12 >= 9;
    facts.budget_used_up = i % 12 >= 8;  // the last one that is let in uses it up
    probes.push_back(facts);
  }
  EXPECT_EQ(said(probes), "refused 9 of 12 with the rate-limit budget at 0, 0 of 24 with a budget left");
}

TEST(RefusalPattern, TheFirstProbeOfAMinute) {
  std::vector<ProbeFacts> probes;
  for (int i = 0; i < 21; ++i) {
    ProbeFacts facts;
    facts.first_of_minute = i % 4 == 0;
    facts.refused = i % 4 == 0;
    probes.push_back(facts);
  }
  EXPECT_EQ(said(probes), "refused 6 of 6 in the first probe of a minute, 0 of 15 in the others");
}

TEST(RefusalPattern, OnlySinceTheSecretChanged) {
  std::vector<ProbeFacts> probes;
  for (int i = 0; i < 42; ++i) {
    ProbeFacts facts;
    facts.secret = i < 15 ? 1 : 2;
    facts.refused = i >= 15 && i % 2 == 1;
    probes.push_back(facts);
  }
  EXPECT_EQ(said(probes), "refused 14 of 27 since the secret changed, 0 of 15 before");
  probes[3].refused = true;
  EXPECT_EQ(said(probes), "nothing") << "it was refused before the change too";
}

TEST(RefusalPattern, ItMustExplainTheLastRefusal) {
  auto probes = rotating(30, [](const ProbeFacts& facts) { return facts.address == 1; });
  ProbeFacts other = probes[1];
  other.refused = true;
  probes.push_back(other);
  EXPECT_EQ(said(probes), "nothing");
}

// A target whose refusals have nothing to do with what is noted beside them. Everything lasts for a random time: an
// address as its name's record does, an outage as it likes.
class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {
    persistence_ = 0.95 * uniform();
    refusals_ = 0.1 + 0.8 * uniform();
    outage_persistence_ = 0.95 * uniform();
  }

  ProbeFacts next() {
    const auto pick = [&](std::uint8_t& value, int of) {
      if (value == 0 || uniform() > persistence_) value = static_cast<std::uint8_t>(1 + random_() % of);
    };
    pick(facts_.address, 4);
    pick(facts_.node, 3);
    pick(facts_.server, 2);
    facts_.budget_used_up = uniform() < 0.3;
    facts_.first_of_minute = count_++ % 4 == 0;
    if (facts_.secret == 0 || uniform() < 0.02) ++facts_.secret;
    if (uniform() > outage_persistence_) facts_.refused = uniform() < refusals_;
    facts_.let_in = !facts_.refused;
    return facts_;
  }

 private:
  double uniform() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  std::mt19937 random_;
  ProbeFacts facts_;
  int count_ = 0;
  double persistence_ = 0;
  double refusals_ = 0;
  double outage_persistence_ = 0;
};

// Looked at after each refusal, as the exporter does, a target must not be said to have a pattern at any time.
TEST(RefusalPattern, ChanceIsNotTakenForOne) {
  constexpr int kTargets = 2000;
  constexpr int kProbes = 64;
  int node_patterns = 0;
  int secret_patterns = 0;
  for (unsigned seed = 0; seed < kTargets; ++seed) {
    Chance chance(seed);
    std::vector<ProbeFacts> probes;
    bool node = false;
    bool secret = false;
    for (int i = 0; i < kProbes; ++i) {
      probes.push_back(chance.next());
      if (!probes.back().refused) continue;
      const auto pattern = refusal_pattern(probes);
      if (pattern) (pattern->kind == Kind::secret ? secret : node) = true;
    }
    node_patterns += node ? 1 : 0;
    secret_patterns += secret ? 1 : 0;
  }
  RecordProperty("node_patterns", node_patterns);
  RecordProperty("secret_patterns", secret_patterns);
  EXPECT_LE(node_patterns, kTargets / 100) << "of " << kTargets;
  EXPECT_LE(secret_patterns, kTargets / 100) << "of " << kTargets;
}

}  // namespace
}  // namespace authprobe::diagnosis
