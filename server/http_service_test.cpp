#include "server/http_service.hpp"

#include <gtest/gtest.h>

#include "server/temp_folder_test.hpp"

namespace parlor::server {
namespace {

base::IpAddress client_ip(std::string_view text) {
  return base::IpAddress::parse(text).value();
}
HttpRequest get(std::string target) {
  HttpRequest request;
  request.method = "GET";
  request.target = std::move(target);
  request.host = http::parse_host("play.example.com:8080");
  request.client = client_ip("203.0.113.9");
  return request;
}
std::string header(const HttpResponse& response, std::string_view name) {
  for (const auto& [known, value] : response.headers) {
    if (known == name) return value;
  }
  return "(none)";
}

TEST(HttpService, AdmitsAnUpgradeOnV1Alone) {
  HttpService service({}, 3478);
  HttpRequest request = get("/v1?version=1");
  request.is_upgrade = true;
  auto decision = service.decide(request);
  EXPECT_EQ(decision.wants, HttpService::Wants::upgrade);
  EXPECT_EQ(decision.target.query, "version=1");
  for (const char* target : {"/v1/", "/v1/ice", "/", "/healthz"}) {
    request.target = target;
    EXPECT_EQ(service.decide(request).wants, HttpService::Wants::answer) << target;
  }
  request.target = "/v1";
  request.origin = "https://evil.example";
  decision = service.decide(request);
  EXPECT_EQ(decision.wants, HttpService::Wants::answer);
  EXPECT_TRUE(decision.bad_origin);
  EXPECT_EQ(decision.response.status, 403);
}

TEST(HttpService, KeepsPagesOpenToPagesOfOtherOrigins) {
  const TempFolder folder;
  folder.write("index.html", "home");
  config::ServeConfig config;
  config.pages = folder.path();
  HttpService service(config, std::nullopt);
  HttpRequest request = get("/");
  request.origin = "https://evil.example";
  EXPECT_EQ(service.decide(request).response.status, 200);
}

TEST(HttpService, ShowsMetricsToTheNeighbourhoodByDefault) {
  HttpService service({}, 3478);
  HttpRequest request = get("/metrics");
  request.host = http::parse_host("localhost");
  EXPECT_EQ(service.decide(request).response.status, 404);
  for (const char* near :
       {"127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "::1", "fd00::1", "fe80::1"}) {
    request.client = client_ip(near);
    EXPECT_EQ(service.decide(request).wants, HttpService::Wants::metrics) << near;
  }
  for (const char* far : {"172.32.0.1", "11.0.0.1", "2001:db8::1"}) {
    request.client = client_ip(far);
    EXPECT_EQ(service.decide(request).response.status, 404) << far;
  }
  request.client = client_ip("127.0.0.1");
  request.through_proxy = true;
  EXPECT_EQ(service.decide(request).response.status, 404);
}

TEST(HttpService, DoesNotGoByADomainsNameOverLoopbackUnlessItWasGivenOne) {
  const TempFolder folder;
  folder.write("index.html", "home");
  config::ServeConfig config;
  config.pages = folder.path();
  const auto status = [&](HttpService& service, const char* target, const char* host) {
    HttpRequest request = get(target);
    request.host = http::parse_host(host);
    request.origin = "http://" + std::string(host);
    request.client = client_ip("127.0.0.1");
    request.over_loopback = true;
    return service.decide(request).response.status;
  };
  HttpService service(config, 3478);
  for (const char* target : {"/", "/v1", "/v1/ice", "/metrics", "/nothing"}) {
    EXPECT_EQ(status(service, target, "evil.example:8080"), 403) << target;
  }
  EXPECT_EQ(status(service, "/healthz", "evil.example:8080"), 200);
  for (const char* host : {"localhost:8080", "127.0.0.1:8080", "[::1]:8080", "192.0.2.1", "devbox:8080"}) {
    EXPECT_EQ(status(service, "/", host), 200) << host;
    EXPECT_EQ(status(service, "/v1", host), 426) << host;
  }
  HttpRequest remote = get("/");
  EXPECT_EQ(service.decide(remote).response.status, 200) << "whoever comes from elsewhere knows it by a name";
  remote.over_loopback = true;
  remote.through_proxy = true;
  EXPECT_EQ(service.decide(remote).response.status, 200) << "and so does a proxy";

  config.origins = {http::parse_origin("https://play.example.com").value()};
  HttpService named(config, 3478);
  EXPECT_EQ(status(named, "/", "play.example.com:8080"), 200);
  EXPECT_EQ(status(named, "/", "evil.example"), 403);
  config.any_origin = true;
  HttpService open(config, 3478);
  EXPECT_EQ(status(open, "/", "evil.example"), 200);
}

TEST(HttpService, AnswersNoRequestThatDoesNotNameOneHost) {
  HttpService service({}, 3478);
  HttpRequest request = get("/healthz");
  request.bad_host = true;
  const auto decision = service.decide(request);
  EXPECT_EQ(decision.response.status, 400);
  EXPECT_TRUE(decision.response.close);
}

TEST(HttpService, TellsTheLengthOfAFileThatItDoesNotSend) {
  const TempFolder folder;
  folder.write("a.bin", std::string(1234, 'x'));
  config::ServeConfig config;
  config.pages = folder.path();
  HttpService service(config, 3478);
  HttpRequest request = get("/a.bin");
  request.method = "HEAD";
  const auto response = service.decide(request).response;
  EXPECT_EQ(response.body, nullptr);
  EXPECT_NE(head_of(response).find("Content-Length: 1234\r\n"), std::string::npos);
  request.method = "GET";
  request.if_none_match = header(response, "ETag");
  EXPECT_EQ(service.decide(request).response.status, 304);
}

TEST(HttpService, TellsPlayersOfTheStunServerByTheNameTheyUsed) {
  const HttpService service({}, 3479);
  const auto servers = service.ice_servers(http::parse_host("[2001:db8::1]:443"));
  ASSERT_EQ(servers.size(), 1U);
  EXPECT_EQ(servers[0].urls, std::vector<std::string>{"stun:[2001:db8::1]:3479"});
  EXPECT_TRUE(service.ice_servers(std::nullopt).empty());
  EXPECT_TRUE(HttpService({}, std::nullopt).ice_servers(http::parse_host("a")).empty());
}

TEST(HttpService, PrefersWhatTheOperatorSaysOfTheStunServer) {
  config::ServeConfig config;
  config.external_ip = client_ip("2001:db8::2");
  const HttpService external(config, 3478);
  EXPECT_EQ(external.ice_servers(http::parse_host("a")).front().urls,
            std::vector<std::string>{"stun:[2001:db8::2]:3478"});
  config.stun_advertise = {*http::parse_host("one.example"), *http::parse_host("two.example:99")};
  const HttpService advertised(config, 3000);
  EXPECT_EQ(advertised.ice_servers(std::nullopt).front().urls,
            (std::vector<std::string>{"stun:one.example:3000", "stun:two.example:99"}));
}

TEST(HttpService, LetsAllowedPagesReadTheIceServers) {
  HttpService service({}, 3478);
  HttpRequest request = get("/v1/ice");
  EXPECT_EQ(header(service.decide(request).response, "Access-Control-Allow-Origin"), "(none)");
  request.origin = "http://play.example.com:8080";
  const auto decision = service.decide(request);
  EXPECT_EQ(header(decision.response, "Access-Control-Allow-Origin"), "http://play.example.com:8080");
  EXPECT_EQ(*decision.response.body, R"({"ice_servers":[{"urls":["stun:play.example.com:3478"]}]})");
}

TEST(HttpService, SaysThatItStops) {
  HttpService service({}, 3478);
  EXPECT_EQ(service.decide(get("/healthz")).response.status, 200);
  service.stop();
  EXPECT_EQ(service.decide(get("/healthz")).response.status, 503);
}

TEST(HttpService, AnswersOtherMethodsWithWhatIsAllowed) {
  HttpService service({}, 3478);
  HttpRequest request = get("/");
  request.method = "POST";
  request.has_body = true;
  const auto decision = service.decide(request);
  EXPECT_EQ(decision.response.status, 405);
  EXPECT_TRUE(decision.response.close) << "the body is still on its way";
  EXPECT_EQ(header(decision.response, "Allow"), "GET, HEAD, OPTIONS");
  request.method = "OPTIONS";
  request.has_body = false;
  EXPECT_EQ(service.decide(request).response.status, 204);
  request.method = "HEAD";
  request.target = "/nothing";
  EXPECT_TRUE(service.decide(request).response.head_only);
}

TEST(HttpService, RedirectsAFolderWithoutRepeatingItsPath) {
  const TempFolder folder;
  folder.write("a b/c/index.html", "c");
  config::ServeConfig config;
  config.pages = folder.path();
  HttpService service(config, std::nullopt);
  const auto decision = service.decide(get("/a%20b/c?x=1"));
  EXPECT_EQ(decision.response.status, 301);
  EXPECT_EQ(header(decision.response, "Location"), "./c/?x=1");
}

}  // namespace
}  // namespace parlor::server
