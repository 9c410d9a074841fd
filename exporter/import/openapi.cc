#include "exporter/import/openapi.h"

#include <algorithm>
#include <array>
#include <utility>

#include "exporter/import/openapi_reader.h"
#include "exporter/import/openapi_security.h"
#include "exporter/import/tree.h"
#include "exporter/wire/text.h"

namespace authprobe::importing {
namespace {

using config::Value;

constexpr std::array<std::string_view, 7> kOtherMethods{"put", "post", "delete", "options", "head", "patch", "trace"};

class OpenApiReader {
 public:
  OpenApiReader(const Value& tree, std::string file, Import& into)
      : document_(tree), file_(std::move(file)), into_(into) {}

  void read() {
    for (const config::Entry& path : entries(find(&document_.root(), "paths"))) {
      const Value* item = document_.resolved(&path.value);
      if (item == nullptr) {
        into_.leave_out(place_of(file_, path.line), path.key, "it is described in another file");
        continue;
      }
      if (const Value* get = find(item, "get")) read_get({path.key, item, get});
      for (const std::string_view method : kOtherMethods) {
        const Value* other = find(item, method);
        if (other != nullptr) report_other(method, path.key, *other);
      }
    }
  }

 private:
  void report_other(std::string_view method, const std::string& path, const Value& operation) {
    std::string word(method);
    std::ranges::transform(word, word.begin(), [](char c) { return static_cast<char>(c >= 'a' ? c - 32 : c); });
    const bool reads = method == "options" || method == "head" || method == "trace";
    into_.leave_out(
        place_of(file_, operation.line), word + ' ' + path,
        reads ? "only GET operations are carried" : "it may change something: only GET operations are carried");
  }

  void read_get(const OpenApiOperation& get) {
    ImportedRequest request;
    request.place = place_of(file_, get.operation->line);
    request.name = text_of(find(get.operation, "operationId"));
    if (request.name.empty()) request.name = "get" + get.path;
    request.is_public = true;
    std::string why;
    request.url = server_url(get, document_, into_.options, why);
    const Value* requirements = find(get.operation, "security");
    if (requirements == nullptr) requirements = find(&document_.root(), "security");
    OpenApiSecurity security;
    if (why.empty()) why = fill_parameters(get, document_, into_.options.variables, request);
    if (why.empty()) {
      security = security_of(requirements, document_);
      why = security.why_not;
    }
    if (!why.empty()) return into_.leave_out(request.place, "GET " + get.path, why);
    ImportedRequest refused = request;  // the same without the credential
    refused.name += "-refused";
    if (security.credential.kind == "client_certificate") {
      refused.keys["expect.certificate_required"] = "true";
    } else {
      refused.keys["expect.status"] = "[401, 403]";
    }
    request.credential = std::move(security.credential);
    request.credential_name = std::move(security.name);
    into_.requests.push_back(std::move(request));
    if (!security.is_open) into_.requests.push_back(std::move(refused));
  }

  OpenApiDocument document_;
  std::string file_;
  Import& into_;
};

}  // namespace

void read_openapi(const Value& tree, const std::string& file, Import& into) {
  OpenApiReader(tree, file, into).read();
}

}  // namespace authprobe::importing
