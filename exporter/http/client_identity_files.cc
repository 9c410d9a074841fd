#include "exporter/http/client_identity_files.h"

namespace authprobe::http {
namespace {

constexpr std::size_t kLargestIdentityFile = std::size_t{1024} * 1024;

ClientIdentityFiles::Found failed(const std::string& path, const std::string& problem) {
  return {nullptr, "client certificate " + path + ": " + problem};
}

ClientIdentityFiles::Found read(const std::string& certificate_file, const std::string& private_key_file) {
  const wire::FileText certificate = wire::read_file(certificate_file, kLargestIdentityFile);
  if (!certificate.problem.empty()) return failed(certificate_file, certificate.problem);
  wire::FileText key;
  if (!private_key_file.empty()) key = wire::read_file(private_key_file, kLargestIdentityFile);
  if (!key.problem.empty()) return failed(private_key_file, key.problem);
  auto result = ClientIdentity::read(certificate.text.reveal(), key.text.reveal(), "");
  if (!result.identity) return failed(certificate_file, result.problem);
  return {std::move(result.identity), ""};
}

}  // namespace

const ClientIdentityFiles::Found& ClientIdentityFiles::get(const config::Tls& tls, Clock::time_point now) {
  static const Found kNobody;
  if (tls.certificate_file.empty()) return kNobody;
  Entry& entry = entries_[{tls.certificate_file, tls.private_key_file}];
  if (!entry.watch.is_due(now)) return entry.found;
  std::vector stamps{wire::stamp_of(tls.certificate_file)};
  if (!tls.private_key_file.empty()) stamps.push_back(wire::stamp_of(tls.private_key_file));
  if (entry.watch.differs(std::move(stamps))) entry.found = read(tls.certificate_file, tls.private_key_file);
  return entry.found;
}

}  // namespace authprobe::http
