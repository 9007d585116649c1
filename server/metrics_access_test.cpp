// Who may read /metrics by default: the neighbourhood, and no page of somebody else's in a browser there.

#include <gtest/gtest.h>

#include "server/http_service.hpp"

namespace parlor::server {
namespace {

HttpService::Wants asked_as(const char* host) {
  HttpService service({}, 3478);
  HttpRequest request;
  request.method = "GET";
  request.target = "/metrics";
  request.host = http::parse_host(host);
  request.client = base::IpAddress::parse("127.0.0.1").value();
  return service.decide(request).wants;
}

TEST(MetricsAccess, IsForWhoNamesAnAddressOrLoopback) {
  for (const char* host : {"127.0.0.1:8080", "192.168.1.7", "[::1]:8080", "[fd00::1]", "localhost:8080"})
    EXPECT_EQ(asked_as(host), HttpService::Wants::metrics) << host;
}

TEST(MetricsAccess, IsNotForANameThatSomebodyElseLetsPointHere) {
  for (const char* host : {"rebound.example", "rebound.example:8080", "127.0.0.1.example", "1.2.3", ""})
    EXPECT_EQ(asked_as(host), HttpService::Wants::answer) << host;
}

TEST(MetricsAccess, AsksForNoHostWhereEverybodyMayRead) {
  config::ServeConfig config;
  config.metrics = config::MetricsAccess::everyone;
  HttpService service(config, 3478);
  HttpRequest request;
  request.method = "GET";
  request.target = "/metrics";
  request.host = http::parse_host("play.example.com");
  EXPECT_EQ(service.decide(request).wants, HttpService::Wants::metrics);
}

}  // namespace
}  // namespace parlor::server
