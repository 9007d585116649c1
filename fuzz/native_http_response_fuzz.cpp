// links: parlor_platform_native
// A response: never more than the limits, and the same however its bytes are cut.

#include <fuzzer/FuzzedDataProvider.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "native/http_response.hpp"

using namespace parlor::platform::native;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMost = 1000;
  FuzzedDataProvider from(data, size);
  const std::size_t cut = from.ConsumeIntegralInRange<std::size_t>(1, 64);
  const std::string text = from.ConsumeRemainingBytesAsString();
  HttpResponse whole(kMost);
  whole.add(text);
  HttpResponse pieces(kMost);
  for (std::size_t at = 0; at < text.size(); at += cut) pieces.add(std::string_view(text).substr(at, cut));
  if (whole.body().size() > kMost || whole.head().fields.size() > kMaxHttpFields) std::abort();
  whole.end();
  pieces.end();
  if (whole.state() != pieces.state() || whole.body() != pieces.body()) std::abort();
  if (whole.state() != HttpResponse::State::complete && whole.state() != HttpResponse::State::bad)
    std::abort();
  return 0;
}
