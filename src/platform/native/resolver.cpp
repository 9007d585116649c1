#include "native/resolver.hpp"

#include <netdb.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "native/kernel_address.hpp"

namespace parlor::platform::native {
namespace {

std::vector<base::IpAddress> ask_the_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* first = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &first) != 0) return {};
  std::vector<base::IpAddress> found;
  for (const addrinfo* one = first; one != nullptr && found.size() < Resolution::kMost; one = one->ai_next) {
    if (const auto address = from_kernel(one->ai_addr)) found.push_back(address->ip);
  }
  ::freeaddrinfo(first);
  return found;
}

std::vector<base::IpAddress> known_without_asking(const std::string& host) {
  if (const auto ip = base::IpAddress::parse(host)) return {*ip};
  if (host == "localhost" || host.ends_with(".localhost"))
    return {*base::IpAddress::parse("127.0.0.1"), *base::IpAddress::parse("::1")};
  return {};
}

}  // namespace

struct Resolution::Asker {
  Callback callback;  // none: it was given up
};

/// What a thread asks for all who want the same at the same time.
class Resolution::Lookup {
 public:
  Lookup(Loop& loop, std::string host) : loop_(loop), host_(std::move(host)) {
    watch_.emplace(loop_, answer_->ready.get(), true, false, [this](Ready) { tell(); });
    try {
      std::thread([answer = answer_, name = host_] {
        auto found = ask_the_system(name);
        const std::lock_guard lock(answer->mutex);
        answer->found = std::move(found);
        answer->tell();
      }).detach();
    } catch (const std::system_error&) {  // no thread to be had: nothing found
      answer_->tell();
    }
  }

  void add(std::weak_ptr<Asker> asker) { askers_.push_back(std::move(asker)); }

  /// One that nobody waits for ends with who asked: it must not outlive the loop.
  static void drop_unwanted(Loop& loop, const std::string& host) {
    const auto at = all().find({&loop, host});
    if (at == all().end() || !at->second) return;
    const auto& askers = at->second->askers_;
    if (std::any_of(askers.begin(), askers.end(), [](const auto& weak) { return !weak.expired(); })) return;
    loop.bury(std::move(at->second));
    all().erase(at);
  }

  static std::map<std::pair<Loop*, std::string>, std::shared_ptr<Lookup>>& all() {
    thread_local std::map<std::pair<Loop*, std::string>, std::shared_ptr<Lookup>> lookups;
    return lookups;
  }

 private:
  struct Answer {
    std::mutex mutex;
    std::vector<base::IpAddress> found;
    Descriptor ready{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    void tell() const {
      const std::uint64_t one = 1;
      (void)!::write(ready.get(), &one, sizeof(one));
    }
  };

  void tell() {
    const auto at = all().find({&loop_, host_});
    if (at == all().end()) return;
    loop_.bury(std::move(at->second));
    all().erase(at);
    std::vector<base::IpAddress> found;
    {
      const std::lock_guard lock(answer_->mutex);
      found = std::move(answer_->found);
    }
    for (const auto& weak : std::exchange(askers_, {})) {
      const auto asker = weak.lock();
      if (asker && asker->callback) std::exchange(asker->callback, nullptr)(found);
    }
  }

  Loop& loop_;
  std::string host_;
  std::shared_ptr<Answer> answer_ = std::make_shared<Answer>();
  std::optional<Loop::Watch> watch_;
  std::vector<std::weak_ptr<Asker>> askers_;
};

Resolution::Resolution(Loop& loop, const std::string& host, Callback callback)
    : loop_(loop), host_(host), asker_(std::make_shared<Asker>(Asker{std::move(callback)})) {
  auto known = known_without_asking(host);
  if (!known.empty()) {
    loop.post([asker = asker_, found = std::move(known)] {
      if (asker->callback) std::exchange(asker->callback, nullptr)(found);
    });
    return;
  }
  auto& lookup = Lookup::all()[{&loop, host}];
  if (!lookup) lookup = std::make_shared<Lookup>(loop, host);
  lookup->add(asker_);
}

Resolution::~Resolution() {
  asker_->callback = nullptr;
  asker_.reset();
  Lookup::drop_unwanted(loop_, host_);
}

std::vector<base::IpAddress> by_turns(const std::vector<base::IpAddress>& addresses) {
  std::vector<base::IpAddress> families[2];
  for (const base::IpAddress& ip : addresses)
    families[ip.is_v6() == addresses.front().is_v6() ? 0 : 1].push_back(ip);
  std::vector<base::IpAddress> turns;
  for (std::size_t i = 0; i < std::max(families[0].size(), families[1].size()); ++i) {
    for (const auto& family : families) {
      if (i < family.size()) turns.push_back(family[i]);
    }
  }
  return turns;
}

}  // namespace parlor::platform::native
