// Owners of libcurl's handles: they only free them.
#pragma once

#include <curl/curl.h>

#include "exporter/wire/owned.h"

namespace authprobe::http {

using EasyHandle = wire::Owned<CURL, curl_easy_cleanup>;
using MultiHandle = wire::Owned<CURLM, curl_multi_cleanup>;
using ShareHandle = wire::Owned<CURLSH, curl_share_cleanup>;
using UrlHandle = wire::Owned<CURLU, curl_url_cleanup>;
using CurlText = wire::Owned<char, curl_free>;

}  // namespace authprobe::http
