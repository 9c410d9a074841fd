#include "exporter/commands/signature_files.h"

#include <filesystem>
#include <functional>
#include <stdexcept>

#include "exporter/wire/file.h"

namespace authprobe::commands {
namespace {

constexpr std::size_t kLargestFile = 16u << 20;

// Throws std::runtime_error that names the file and the rule.
void read_each(const std::vector<std::string>& files,
               const std::function<void(const std::string& file, std::string_view text)>& add) {
  for (const std::string& file : files) {
    const wire::FileText read = wire::read_file(file, kLargestFile);
    if (!read.problem.empty()) throw std::runtime_error(file + ": " + read.problem);
    try {
      add(file, read.text.reveal());
    } catch (const std::exception& error) {
      throw std::runtime_error(file + ": " + error.what());
    }
  }
}

}  // namespace

SignatureFiles read_signature_files(const std::vector<std::string>& files,
                                    const std::vector<std::string>& provider_files) {
  diagnosis::Signatures signatures = diagnosis::built_in_signatures();
  std::string setting = "settings.signatures";
  try {
    read_each(files, [&](const std::string&, std::string_view text) { signatures.add(text); });
    setting = "settings.providers";
    read_each(provider_files, [&](const std::string& file, std::string_view text) {
      signatures.add_of_provider(std::filesystem::path(file).stem().string(), text);
    });
  } catch (const std::runtime_error& error) {
    return {nullptr, error.what(), setting};
  }
  signatures.compile();
  return {diagnosis::ruleset_with(std::move(signatures)), {}, {}};
}

SignatureFiles read_signature_files(const config::Config& config) {
  return read_signature_files(config.settings.signatures, config.provider_files);
}

}  // namespace authprobe::commands
