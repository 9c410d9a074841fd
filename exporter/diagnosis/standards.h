// What protocols say of a refusal: HTTP status and challenges (RFC 9110, 6750, 9470, 7616), OAuth errors (RFC 6749),
// rate-limit fields, gRPC status, and headers of clouds and gateways that carry the reason.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string_view>

#include "exporter/diagnosis/challenge.h"
#include "exporter/diagnosis/clue.h"
#include "exporter/diagnosis/wording.h"

namespace authprobe::diagnosis {

// The value of the first header of that name; empty where absent.
std::string_view header_of(std::span<const Header> headers, std::string_view name);

void read_standards(const Input& input, std::span<const Challenge> challenges, const Wording& wording, Clues& clues);

// gRPC answers 200 and puts its status beside it; for successes of HTTP, of which the rest of the standards says
// nothing.
void read_grpc(std::span<const Header> headers, const Wording& wording, Clues& clues);

// Between the request's time and the server's, and what is known of the credential; no server text is needed.
void read_times(const Input& input, Clues& clues);

// Beyond it a difference of clocks is more than a slow answer.
constexpr std::chrono::seconds kSkewed{120};

// Seconds by which the server's Date is ahead of our clock; none where either is unknown.
std::optional<std::chrono::seconds> server_ahead(const Input& input);

}  // namespace authprobe::diagnosis
