#include "exporter/web/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <future>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "tests/support/client.h"

namespace authprobe::web {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;

Response text(std::string body, int status = 200) {
  return {.status = status, .headers = {}, .body = wire::share(std::move(body))};
}

milliseconds since(steady_clock::time_point start) {
  return std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
}

// Replies that handlers have put aside, for a test to answer when it likes.
class Shelf {
 public:
  void put(Reply reply) {
    const std::lock_guard lock(mutex_);
    replies_.push_back(std::move(reply));
    changed_.notify_all();
  }
  Reply take() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(20), [this] { return !replies_.empty(); })) {
      throw std::runtime_error("no request came");
    }
    Reply reply = std::move(replies_.front());
    replies_.erase(replies_.begin());
    return reply;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Reply> replies_;
};

std::string described(const Request& request) {
  std::string words = request.method + " " + request.path;
  for (const auto& [name, value] : request.query) words += " " + name + "=" + value;
  return words;
}

class ServerTest : public testing::Test {
 protected:
  // Both ends of every connection are in this process, and many systems start a process with 1,024 descriptors.
  static void SetUpTestSuite() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }

  std::vector<Route> routes() {
    return {
        {"/hello", {"GET"}, [](const Request&, const Reply& reply) { reply(text("hello\n")); }},
        {"/-/reload", {"POST"}, [](const Request&, const Reply& reply) { reply(text("reloaded\n")); }},
        {"/items/*", {"GET"}, [](const Request& request, const Reply& reply) { reply(text(described(request))); }},
        {"/later", {"GET", "POST"}, [this](const Request&, Reply reply) { shelf.put(std::move(reply)); }},
        {"/dropped", {"GET"}, [](const Request&, const Reply&) {}},
        {"/throws", {"GET"}, [](const Request&, const Reply&) { throw std::runtime_error("secret"); }},
        {"/agent",
         {"GET"},
         [](const Request& request, const Reply& reply) {
           reply(text(std::string(request.header("user-agent").value_or("none"))));
         }},
        {"/page",
         {"GET"},
         [](const Request&, const Reply& reply) {
           reply({.content_type = "text/html; charset=utf-8",
                  .headers = {{"cache-control", "max-age=60"}},
                  .body = wire::share(std::string("<p>hi"))});
         }},
        {"/large", {"GET"}, [this](const Request&, const Reply& reply) { reply({.headers = {}, .body = large}); }},
    };
  }
  void start(const std::vector<std::string>& addresses = {"127.0.0.1:0"}) {
    server = std::make_unique<Server>(addresses, routes());
    address = server->addresses().front();
  }

  Shelf shelf;
  wire::SharedBytes large;
  std::unique_ptr<Server> server;
  std::string address;
};

TEST_F(ServerTest, AnswersWithItsHeaders) {
  start();
  const auto answer = get(address, "/hello");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello\n");
  EXPECT_EQ(answer.header("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(answer.header("Cache-Control"), "no-store");
  EXPECT_EQ(answer.header("Server"), "");
  EXPECT_EQ(answer.header("Content-Security-Policy"), "");
}

TEST_F(ServerTest, PagesGetAPolicyAndAHandlerMayOverrideADefault) {
  start();
  const auto answer = get(address, "/page");
  EXPECT_THAT(answer.header("Content-Security-Policy"), HasSubstr("default-src 'none'"));
  EXPECT_EQ(answer.header("cache-control"), "max-age=60");
  EXPECT_EQ(answer.header("Cache-Control"), "");
}

TEST_F(ServerTest, HeadIsGetWithoutABody) {
  start();
  Client client(address);
  client.send("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto head = client.answer(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Length"), "6");
  EXPECT_EQ(client.answer().body, "hello\n") << "nothing but the next answer may follow";
}

TEST_F(ServerTest, TellsUnknownPathsFromWrongMethods) {
  start();
  const auto unknown = get(address, "/hellox");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.header("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(get(address, "/items/").status, 404);
  EXPECT_EQ(get(address, "/hello%00").status, 404);

  for (const char* method : {"POST", "OPTIONS", "DELETE", "TRACE", "BREW"}) {
    const auto answer = request(address, method, "/hello");
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.header("Allow"), "GET, HEAD") << method;
  }
  const auto reload = get(address, "/-/reload");
  EXPECT_EQ(reload.status, 405);
  EXPECT_EQ(reload.header("Allow"), "POST");
  EXPECT_EQ(request(address, "POST", "/-/reload").body, "reloaded\n");
}

TEST_F(ServerTest, DecodesPathAndQuery) {
  start();
  EXPECT_EQ(get(address, "/items/a%20b%2Fc?x=1%262&y=a+b%2B&empty&x=3").body,
            "GET /items/a b/c x=1&2 y=a b+ empty= x=3");
  EXPECT_EQ(get(address, "/items/100%&%zz").body, "GET /items/100%&%zz");
  EXPECT_EQ(get(address, "http://proxy.example/items/1").body, "GET /items/1");
  EXPECT_EQ(get(address, "/agent", "User-Agent: Prometheus/2\r\n").body, "Prometheus/2");
}

TEST_F(ServerTest, BoundsWhatARequestMaySend) {
  start();
  EXPECT_EQ(request(address, "POST", "/-/reload", "", std::string(64 * 1024, 'b')).status, 200);
  EXPECT_EQ(request(address, "POST", "/-/reload", "", std::string(64 * 1024 + 1, 'b')).status, 413);
  EXPECT_EQ(request(address, "POST", "/-/reload", "Content-Length: 9999999999\r\n").status, 413);
  EXPECT_EQ(request(address, "POST", "/-/reload", "Content-Length: -5\r\n").status, 400);
  EXPECT_EQ(get(address, "/hello", "X-Large: " + std::string(64 * 1024, 'h') + "\r\n").status, 431);
  EXPECT_EQ(get(address, "/" + std::string(64 * 1024, 'u')).status, 414);

  std::string chunked = "Transfer-Encoding: chunked\r\n\r\n10000\r\n" + std::string(0x10000, 'c') + "\r\n";
  Client client(address);
  client.send("POST /-/reload HTTP/1.1\r\nHost: x\r\n" + chunked + "1\r\nc\r\n0\r\n\r\n");
  EXPECT_EQ(client.answer().status, 413);
}

TEST_F(ServerTest, AnEndlessBodyIsCutOff) {
  start();
  Client client(address);
  client.send("POST /-/reload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 64; ++i) client.send("10000\r\n" + std::string(0x10000, 'c') + "\r\n");
  EXPECT_TRUE(client.closed_within(milliseconds(5'000)));
}

TEST_F(ServerTest, GarbageHarmsNobody) {
  start();
  Client(address).send(std::string_view("\0\xff\x16\x03\x01garbage\r\n\r\n", 16));
  for (const std::string garbage :
       {"garbage\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTP/1.1\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"}) {
    Client client(address);
    client.send(garbage);
    const int status = client.answer().status;
    EXPECT_TRUE(status == 0 || (status >= 400 && status <= 505)) << garbage << " " << status;
    std::cout << status << "  " << garbage.substr(0, garbage.find('\r')) << "\n";
    EXPECT_TRUE(client.closed_within(milliseconds(5'000))) << garbage;
  }
  EXPECT_EQ(get(address, "/hello").status, 200);
}

TEST_F(ServerTest, KeepsConnectionsAndTakesPipelinedRequests) {
  start();
  Client client(address);
  client.send(
      "GET /hello HTTP/1.1\r\nHost: x\r\n\r\nGET /later HTTP/1.1\r\nHost: x\r\n\r\n"
      "GET /items/3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.answer().body, "hello\n");
  shelf.take()(text("second"));
  EXPECT_EQ(client.answer().body, "second");
  EXPECT_EQ(client.answer().body, "GET /items/3");
  EXPECT_TRUE(client.closed_within(milliseconds(5'000)));
}

TEST_F(ServerTest, AnswersLaterFromAnotherThread) {
  start();
  Client client(address);
  client.send("POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
  Reply reply = shelf.take();
  EXPECT_EQ(get(address, "/hello").status, 200) << "one that waits must not hold up another";
  std::thread([reply = std::move(reply)] {
    reply(text("late"));
    reply(text("twice"));
  }).join();
  EXPECT_EQ(client.answer().body, "late");
}

TEST_F(ServerTest, AReplyThatIsDroppedAnswers503) {
  start();
  EXPECT_EQ(get(address, "/dropped").status, 503);
  Client client(address);
  client.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  shelf.take() = nullptr;
  EXPECT_EQ(client.answer().status, 503);
}

TEST_F(ServerTest, AHandlerThatThrowsAnswers500WithoutItsWords) {
  start();
  const auto answer = get(address, "/throws");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body, "internal error\n");
}

TEST_F(ServerTest, AClientThatIsGoneHarmsNobody) {
  start();
  Client client(address);
  client.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  Reply reply = shelf.take();
  client.close();
  reply(text("nobody hears this"));
  EXPECT_EQ(get(address, "/hello").status, 200);
}

TEST_F(ServerTest, ItsEndAnswersWhatIsUnderWayAndIsQuick) {
  start({"127.0.0.1:0", "[::1]:0"});
  std::vector<Client> clients;
  std::vector<Reply> replies;
  for (int i = 0; i < 50; ++i) {
    clients.emplace_back(server->addresses()[static_cast<std::size_t>(i % 2)]);
    clients.back().send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    replies.push_back(shelf.take());
  }
  Client half_sent(address);
  half_sent.send("GET /hello HT");
  const auto start_of_end = steady_clock::now();
  server.reset();
  const milliseconds took = since(start_of_end);
  std::cout << "the end took " << took.count() << " ms\n";
  EXPECT_LT(took, milliseconds(1'000));
  for (Client& client : clients) EXPECT_EQ(client.answer().status, 503);
  for (Reply& reply : replies) reply(text("too late"));
  EXPECT_TRUE(half_sent.closed_within(milliseconds(5'000)));
}

TEST_F(ServerTest, ItsEndIsQuickWhileALargeBodyIsBeingSent) {
  start();
  large = wire::share(std::string(45u << 20, 'x'));
  Client slow(address);
  slow.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_GT(slow.read_some(1000), 0u);
  const auto start_of_end = steady_clock::now();
  server.reset();
  EXPECT_LT(since(start_of_end), milliseconds(1'000));
}

TEST_F(ServerTest, RepliesRacingWithItsEndAreHarmless) {
  for (int round = 0; round < 30; ++round) {
    start();
    std::vector<Client> clients;
    std::vector<Reply> replies;
    for (int i = 0; i < 8; ++i) {
      clients.emplace_back(address);
      clients.back().send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
      replies.push_back(shelf.take());
    }
    std::thread answering([&replies] {
      for (Reply& reply : replies) std::exchange(reply, nullptr)(text("in time"));
    });
    server.reset();
    answering.join();
    for (Client& client : clients) EXPECT_THAT(client.answer().status, testing::AnyOf(200, 503));
  }
}

TEST_F(ServerTest, ListensOnSeveralAddressesOfBothFamilies) {
  start({"127.0.0.1:0", "[::1]:0", ":0", "localhost:0"});
  const std::vector<std::string> addresses = server->addresses();
  ASSERT_EQ(addresses.size(), 4u);
  for (const std::string& each : addresses) EXPECT_EQ(get(each, "/hello").status, 200) << each;
  EXPECT_THAT(addresses[1], testing::StartsWith("[::1]:"));
  const std::string both = addresses[2].substr(addresses[2].rfind(':'));
  EXPECT_EQ(get("127.0.0.1" + both, "/hello").status, 200);
  EXPECT_EQ(get("[::1]" + both, "/hello").status, 200);
}

TEST_F(ServerTest, NamesTheAddressThatItCannotListenOn) {
  start();
  for (const std::string& bad :
       {std::string("nonsense"), std::string("127.0.0.1:http"), std::string("127.0.0.1:65536"), std::string("::1:80"),
        std::string("[::1:80"), std::string("127.0.0.1:"), std::string("192.0.2.1:0"), address}) {
    try {
      Server second({"127.0.0.1:0", bad}, {});
      ADD_FAILURE() << bad;
    } catch (const std::runtime_error& error) {
      EXPECT_THAT(error.what(), HasSubstr("listen address \"" + bad + "\": "));
      std::cout << error.what() << "\n";
    }
  }
}

TEST_F(ServerTest, IdleAndHalfOpenClientsStallNobody) {
  start();
  std::vector<Client> crowd;
  for (int i = 0; i < 300; ++i) {
    crowd.emplace_back(address);
    crowd.emplace_back(address).send("GET /hello HTTP/1.1\r\nHost: half");
  }
  const auto asked = steady_clock::now();
  EXPECT_EQ(get(address, "/hello").status, 200);
  std::cout << "answered past 600 clients in " << since(asked).count() << " ms\n";
  EXPECT_LT(since(asked), milliseconds(1'000));
  EXPECT_EQ(crowd[1].send("\r\n\r\n").answer().status, 200) << "they are clients all the same";
}

TEST_F(ServerTest, TheOldestIdleClientsMakeRoomForOthers) {
  start();
  Client waiting(address);
  waiting.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  Reply reply = shelf.take();
  std::vector<Client> crowd;
  for (int i = 0; i < 3'000; ++i) crowd.emplace_back(address).send("GET /hello HT");
  const auto asked = steady_clock::now();
  EXPECT_EQ(get(address, "/hello").status, 200);
  std::cout << "answered past 3000 clients in " << since(asked).count() << " ms\n";
  EXPECT_LT(since(asked), milliseconds(1'000));
  EXPECT_TRUE(crowd.front().closed_within(milliseconds(5'000)));
  EXPECT_EQ(crowd.back().send("TP/1.1\r\nHost: x\r\n\r\n").answer().status, 200);
  reply(text("still here"));
  EXPECT_EQ(waiting.answer().body, "still here") << "one whose request is under way is not idle";
}

TEST_F(ServerTest, ASlowReaderOfALargeBodyStallsNobody) {
  start();
  large = wire::share(std::string(45u << 20, 'x'));
  Client slow(address);
  slow.limit_receive_buffer(4096);
  slow.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_GT(slow.read_some(1000), 0u);
  const auto asked = steady_clock::now();
  EXPECT_EQ(get(address, "/hello").status, 200);
  EXPECT_LT(since(asked), milliseconds(1'000));
  EXPECT_EQ(get(address, "/large").body, *large);
  EXPECT_LE(large.use_count(), 3) << "shared, not copied";
  server.reset();
  EXPECT_EQ(large.use_count(), 1) << "let go when sent, or never to be sent";
}

TEST_F(ServerTest, ServesManyAtOnce) {
  start({"127.0.0.1:0", "[::1]:0"});
  std::vector<std::future<int>> asked;
  for (int i = 0; i < 8; ++i) {
    asked.push_back(std::async(std::launch::async, [to = server->addresses()[static_cast<std::size_t>(i % 2)]] {
      Client client(to);
      int good = 0;
      for (int k = 0; k < 200; ++k) {
        client.send("GET /items/" + std::to_string(k) + " HTTP/1.1\r\nHost: x\r\n\r\n");
        good += client.answer().body == "GET /items/" + std::to_string(k) ? 1 : 0;
      }
      return good;
    }));
  }
  for (auto& good : asked) EXPECT_EQ(good.get(), 200);
}

}  // namespace
}  // namespace authprobe::web
