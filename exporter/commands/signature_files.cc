#include "exporter/commands/signature_files.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace authprobe::commands {

SignatureFiles read_signature_files(const std::vector<std::string>& files) {
  SignatureFiles result;
  if (files.empty()) return result;
  diagnosis::Signatures signatures = diagnosis::built_in_signatures();
  for (const std::string& file : files) {
    std::ifstream stream(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (!stream) {
      result.error = file + ": cannot be read: " + std::strerror(errno);
      return result;
    }
    try {
      signatures.add(text);
    } catch (const std::exception& error) {
      result.error = file + ": " + error.what();
      return result;
    }
  }
  signatures.compile();
  result.signatures = std::make_shared<const diagnosis::Signatures>(std::move(signatures));
  return result;
}

}  // namespace authprobe::commands
