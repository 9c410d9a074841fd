#include <malloc.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <future>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "exporter/commands/commands.h"
#include "exporter/commands/descriptors.h"
#include "exporter/commands/service.h"
#include "exporter/commands/signature_files.h"
#include "exporter/config/load.h"
#include "exporter/store/store.h"
#include "exporter/web/access_control.h"
#include "exporter/web/server.h"
#include "exporter/wire/file.h"
#include "exporter/wire/file_descriptor.h"
#include "exporter/wire/url.h"
#include "version.h"

namespace authprobe::commands {
namespace {

// For the state file: the check of its pages takes a second for a million targets.
constexpr std::chrono::seconds kLongestOpen{10};

// Signals arrive as readable events of the loop. Blocked before any thread starts, so that every thread inherits this.
class SignalFd {
 public:
  SignalFd() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    fd_ = wire::FileDescriptor(signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!fd_) throw std::system_error(errno, std::generic_category(), "signalfd");
  }
  int fd() const { return fd_.get(); }

 private:
  wire::FileDescriptor fd_;
};

// One line each: as compilers write them, or as JSON where the log is read by machines.
void report(const std::vector<config::Finding>& findings, Log::Format format, Log& log) {
  for (const auto& finding : findings) {
    const std::string text = to_string(finding);
    if (format == Log::Format::logfmt) {
      std::cerr << text << '\n';
    } else if (finding.severity == config::Finding::Severity::error) {
      log.error("the configuration has an error", {{"finding", text}});
    } else {
      log.warn("the configuration has a warning", {{"finding", text}});
    }
  }
}

bool is_warning(const config::Finding& finding) {
  return finding.severity != config::Finding::Severity::error;
}

// Null, with the errors in the log, where the web configuration cannot be used.
std::unique_ptr<web::AccessControl> access_control(const std::string& file, Log& log) {
  if (file.empty()) return std::make_unique<web::AccessControl>();
  const auto report = [&log](const std::vector<config::Finding>& findings) {
    for (const auto& finding : findings) {
      const bool is_error = finding.severity == config::Finding::Severity::error;
      const std::string text = to_string(finding);
      is_error ? log.error("the web configuration has an error: keeping the old one", {{"finding", text}})
               : log.warn("the web configuration has a warning", {{"finding", text}});
    }
    if (config::count_errors(findings) == 0) log.info("web configuration read");
  };
  try {
    return std::make_unique<web::AccessControl>(file, report);
  } catch (const std::runtime_error& error) {
    log.error("the web configuration has errors", {{"file", file}, {"errors", error.what()}});
    return nullptr;
  }
}

// Where a proxy serves the exporter, if one does.
web::Site::Place place_of(const ServeOptions& options) {
  web::Site::Place place;
  std::string prefix = options.route_prefix;
  if (!options.external_url.empty()) {
    const wire::Url url(options.external_url);
    place.external_origin = (url.https() ? "https://" : "http://") + std::string(url.authority());
    if (prefix.empty()) prefix = url.path();
  }
  while (prefix.ends_with('/')) prefix.pop_back();
  place.route_prefix = prefix;
  return place;
}

struct OpenedStore {
  std::unique_ptr<store::Store> store;
  std::string problem;  // empty: it can be used
};

OpenedStore try_to_open(const std::string& path) {
  try {
    return {std::make_unique<store::Store>(path), {}};
  } catch (const store::StateFileError& error) {
    return {nullptr, error.what()};
  }
}

// Null, with the reason in the log, where the file cannot be used: probing matters more than what was before.
std::unique_ptr<store::Store> open_store(const std::string& path, Log& log) {
  if (path.empty()) return nullptr;
  ::signal(SIGXFSZ, SIG_IGN);  // a file at its limit is an error of the write, not the end of the process
  // On a thread that nobody waits for in the end, since a disk may hang.
  std::packaged_task<OpenedStore()> open([path] { return try_to_open(path); });
  auto opened = open.get_future();
  std::thread(std::move(open)).detach();
  const bool answers = opened.wait_for(kLongestOpen) == std::future_status::ready;
  OpenedStore result = answers ? opened.get() : OpenedStore{nullptr, path + ": the disk does not answer"};
  if (!result.problem.empty()) {
    log.error("the state file cannot be used: nothing is kept over a restart", {{"error", result.problem}});
  }
  return std::move(result.store);
}

// The exit code, unless a disk hangs under the state file: then nothing may wait for it.
int end(Service& service, int code) {
  if (!service.close()) std::_Exit(kExitNotFine);
  return code;
}

// glibc learns from each large block that is freed to keep what is smaller: after a scrape its text would stay, and
// after a load the memory of the files. Constants end that.
void return_large_memory() {
  constexpr int kLarge = 256 * 1024;  // bytes
  mallopt(M_MMAP_THRESHOLD, kLarge);
  mallopt(M_TRIM_THRESHOLD, kLarge);
}

int write_once(const ServeOptions& options, Service& service, int signal_fd, Log& log) {
  if (!service.run_once(signal_fd)) return kExitNotFine;
  const std::string text = options.report ? service.report(*options.report) : service.textfile();
  if (options.textfile.empty()) {
    std::cout << text << std::flush;
    return std::cout ? kExitOk : kExitNotFine;
  }
  try {
    constexpr mode_t kReadable = 0644;  // node_exporter is another user, and reads only names that end in .prom
    wire::replace_file(options.textfile, text, kReadable);
    return kExitOk;
  } catch (const std::system_error& error) {
    log.error("the metrics cannot be written", {{"error", error.what()}});
    return kExitNotFine;
  }
}

}  // namespace

int serve(const ServeOptions& options) {
  raise_descriptor_limit();
  return_large_memory();
  const SignalFd signals;
  Log log(options.log_level, options.log_format);
  const ConfigSource source{options.config_file, options.shard,
                            options.auto_reload ? options.auto_reload_interval : std::chrono::milliseconds{0}};
  // On a separate thread, like a reload: its millions of allocations would fragment the probing thread's heap, and
  // every probe allocates.
  config::LoadResult result = std::async(std::launch::async, [&source] { return source.load(); }).get();
  if (options.report) std::erase_if(result.findings, is_warning);  // `check` is for those
  report(result.findings, options.log_format, log);
  if (!result.ok()) {
    log.error("the configuration has errors", {{"file", options.config_file}});
    return kExitNotFine;
  }
  const SignatureFiles files =
      std::async(std::launch::async, [&result] { return read_signature_files(result.config); }).get();
  if (!files.error.empty()) {
    log.error("a signature file has an error", {{"error", files.error}});
    return kExitNotFine;
  }
  std::unique_ptr<web::AccessControl> access = access_control(options.web_config_file, log);
  if (access == nullptr) return kExitNotFine;
  auto config = std::make_shared<const config::Config>(std::move(result.config));
  log.info("authprobe_exporter starting", {{"version", AUTHPROBE_VERSION},
                                           {"revision", AUTHPROBE_REVISION},
                                           {"config", options.config_file},
                                           {"targets", std::to_string(config->targets.size())},
                                           {"credentials", std::to_string(config->credentials.size())}});
  if (const std::string shortage = descriptor_shortage(*config); !shortage.empty()) log.warn(shortage);
  std::optional<std::unique_ptr<store::Store>> storage;
  if (!options.storage_path.empty()) storage = open_store(options.storage_path, log);
  Service service(source, options.telemetry_path, place_of(options), config, files.rules, log);
  service.remember(std::move(result));
  if (storage) service.keep(std::move(*storage));
  if (options.once) {
    const int written = write_once(options, service, signals.fd(), log);
    return end(service, written);
  }
  const bool uses_tls = access->uses_tls();
  std::vector<web::ListenSocket> sockets =
      options.systemd_socket ? web::ListenSocket::from_systemd() : web::ListenSocket::on_all(options.listen_addresses);
  const web::Server server(std::move(sockets), service.routes(), std::move(access));
  for (const auto& address : server.addresses()) {
    log.info("listening", {{"address", address}, {"tls", uses_tls ? "on" : "off"}});
  }
  service.run(signals.fd());
  return end(service, kExitOk);
}

int report(const ReportOptions& options) {
  ServeOptions once;
  once.config_file = options.config_file;
  once.once = true;
  once.report = options.format;
  once.log_level = Log::Level::error;  // the report says what is amiss
  return serve(once);
}

}  // namespace authprobe::commands
