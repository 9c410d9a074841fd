#include "exporter/http/curl_memory.h"

#include <curl/curl.h>
#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace authprobe::http {
namespace {

void free_wiped(void* memory) {
  if (memory == nullptr) return;
  explicit_bzero(memory, malloc_usable_size(memory));
  std::free(memory);
}

void* realloc_wiped(void* memory, std::size_t size) {
  void* larger = std::malloc(size);
  if (larger == nullptr || memory == nullptr) return larger;
  std::memcpy(larger, memory, std::min(size, malloc_usable_size(memory)));
  free_wiped(memory);
  return larger;
}

}  // namespace

CurlLibrary::CurlLibrary() {
  curl_global_init_mem(CURL_GLOBAL_DEFAULT, std::malloc, free_wiped, realloc_wiped, ::strdup, std::calloc);
}

CurlLibrary::~CurlLibrary() {
  curl_global_cleanup();
}

}  // namespace authprobe::http
