// The exporter's transfers without its schedule: as many probes as they can do, or so many each 100 ms, beside hung
// transfers or look-ups that a dead DNS server never answers.
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <unordered_map>

#include "bench/load.h"
#include "exporter/http/transfer_set.h"

namespace authprobe::bench {
namespace {

struct Burden {
  std::uint64_t hung = 0;  // transfers that never get an answer, each to an address of its own
  int hang_port = 0;
  std::uint64_t dead_names = 0;  // new look-ups each 100 ms of names that nobody answers for
  int dns_port = 0;              // of the dead DNS server on 127.0.0.1
};

http::TransferSet::Options options_for(const Burden& burden) {
  http::TransferSet::Options options;
  if (burden.dns_port != 0) options.dns_servers = {"127.0.0.1:" + std::to_string(burden.dns_port)};
  return options;
}

class ExporterSet {
 public:
  ExporterSet(const Load& load, config::ConnectionMode mode, const Burden& burden)
      : transfers_(options_for(burden)), burden_(burden) {
    auto connection = std::make_shared<config::Connection>();
    connection->mode = mode;
    connection->tls.ca_file = load.ca_file;
    connection_ = connection;
  }

  // Starts the hung transfers and waits until their requests are out.
  void take_up_burden() {
    for (std::uint64_t i = 0; i < burden_.hung; ++i) {
      const std::string host = "127.1." + std::to_string(i / 250) + "." + std::to_string(1 + i % 250);
      begin(kBurden, "http://" + host + ":" + std::to_string(burden_.hang_port) + "/", std::chrono::minutes(10));
      if (i % 200 == 199) transfers_.wait(Clock::now() + std::chrono::milliseconds(10));
    }
    const auto settled = Clock::now() + std::chrono::milliseconds(burden_.hung == 0 ? 0 : 500);
    while (Clock::now() < settled) transfers_.wait(settled);
  }

  void start(std::uint64_t id, const std::string& url) {
    begin(id, url, std::chrono::seconds(10));
    if (Clock::now() < next_names_) return;
    next_names_ = Clock::now() + std::chrono::milliseconds(100);
    for (std::uint64_t i = 0; i < burden_.dead_names; ++i, ++names_)
      begin(kBurden, "http://n" + std::to_string(names_) + ".example.com/", std::chrono::seconds(2));
  }

  void wait(Clock::time_point until) { transfers_.wait(until); }

  std::optional<bool> take() {
    while (const http::Finished* finished = transfers_.next_finished())
      if (finished->id != kBurden) return finished->response.status == 200;
    return std::nullopt;
  }

 private:
  static constexpr std::uint64_t kBurden = UINT64_MAX;

  void begin(std::uint64_t id, const std::string& url, std::chrono::milliseconds timeout) {
    http::Request request;
    auto& prepared = urls_[url];  // parsed once, as the exporter has it
    if (!prepared) prepared = http::prepared(wire::Url(url));
    request.url = prepared;
    request.user_agent = "authprobe/bench";
    request.connection = connection_;
    request.timeout = timeout;
    request.session_key = url;
    transfers_.start(id, std::move(request));
  }

  http::TransferSet transfers_;
  const Burden burden_;
  std::shared_ptr<const config::Connection> connection_;
  std::unordered_map<std::string, std::shared_ptr<const http::PreparedUrl>> urls_;
  Clock::time_point next_names_{};
  std::uint64_t names_ = 0;
};

int run(int argc, char** argv) {
  CLI::App app("Probes with the exporter's own transfers");
  Load load;
  load.add_options(app);
  Burden burden;
  app.add_option("--hang", burden.hung)->check(CLI::Range(0, 60'000));
  app.add_option("--hang-port", burden.hang_port);
  app.add_option("--dead-names", burden.dead_names)->check(CLI::Range(0, 1'000));
  app.add_option("--dns-port", burden.dns_port);
  auto mode = config::ConnectionMode::fresh;
  const std::map<std::string, config::ConnectionMode> modes = {{"fresh", config::ConnectionMode::fresh},
                                                               {"resume", config::ConnectionMode::resume},
                                                               {"reuse", config::ConnectionMode::reuse}};
  app.add_option("--connection", mode)->transform(CLI::CheckedTransformer(modes));
  CLI11_PARSE(app, argc, argv);
  ExporterSet set(load, mode, burden);
  set.take_up_burden();
  drive(set, load);
  return 0;
}

}  // namespace
}  // namespace authprobe::bench

int main(int argc, char** argv) {
  try {
    return authprobe::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "closed_loop: " << error.what() << '\n';
    return 1;
  }
}
