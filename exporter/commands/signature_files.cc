#include "exporter/commands/signature_files.h"

#include <stdexcept>

#include "exporter/wire/file.h"

namespace authprobe::commands {
namespace {

constexpr std::size_t kLargestFile = 16u << 20;

}  // namespace

SignatureFiles read_signature_files(const std::vector<std::string>& files) {
  SignatureFiles result;
  diagnosis::Signatures signatures = diagnosis::built_in_signatures();
  for (const std::string& file : files) {
    const wire::FileText read = wire::read_file(file, kLargestFile);
    if (!read.problem.empty()) {
      result.error = file + ": " + read.problem;
      return result;
    }
    try {
      signatures.add(read.text.reveal());
    } catch (const std::exception& error) {
      result.error = file + ": " + error.what();
      return result;
    }
  }
  signatures.compile();
  result.rules = diagnosis::ruleset_with(std::move(signatures));
  return result;
}

}  // namespace authprobe::commands
