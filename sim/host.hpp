#pragma once
// A computer in a network: interfaces with addresses, UDP sockets, streams, a clock. What runs on it is the
// caller's: handlers here, or a machine with sim/driver.hpp.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/machine.hpp"
#include "sim/clock.hpp"
#include "sim/network.hpp"
#include "sim/packet.hpp"
#include "sim/stream.hpp"

namespace parlor::sim {

class Host;

/// One UDP port of a host, made by Host::bind(). The host keeps it until close(); afterwards it does nothing.
class Socket {
 public:
  using Handler = std::function<void(const base::Datagram&)>;
  /// A datagram to this destination was too large for a link that holds IP packets of `mtu` bytes.
  using TooLarge = std::function<void(const base::SocketAddress& destination, std::size_t mtu)>;

  Socket(Host& host, base::SocketAddress local) : host_(host), local_(local) {}

  /// The address is unspecified where it is bound to all of the host's.
  [[nodiscard]] const base::SocketAddress& local() const { return local_; }
  void send(const base::SocketAddress& destination, base::BytesView bytes);
  void on_datagram(Handler handler) { handler_ = std::move(handler); }
  void on_too_large(TooLarge handler) { too_large_ = std::move(handler); }
  /// Nothing comes to its handlers any more, and its port is free. A handler may do this.
  void close();
  [[nodiscard]] bool is_closed() const { return closed_; }

 private:
  friend class Host;

  Host& host_;
  base::SocketAddress local_;
  Handler handler_;
  TooLarge too_large_;
  bool closed_ = false;
};

class Host final : private Sender {
 public:
  /// The first of the ports that are given where the caller wants any (RFC 6335 §6).
  static constexpr std::uint16_t kFirstEphemeralPort = 49152;

  Host(World& world, std::string name);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  [[nodiscard]] World& world() { return world_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  Clock clock;
  /// What its clock shows.
  [[nodiscard]] base::Time now() const { return clock.local(world_.now()); }

  // ---- networks
  Interface& attach(Network& network, std::initializer_list<std::string_view> addresses,
                    const Conditions& conditions = {});
  [[nodiscard]] Interface& interface(std::size_t index = 0) { return *interfaces_.at(index); }
  /// The n-th of all its addresses, in the order in which it got them.
  [[nodiscard]] base::IpAddress address(std::size_t index = 0) const;

  // ---- datagrams
  /// Port 0 is any. The address may be unspecified (of either kind): all of the host's.
  std::shared_ptr<Socket> bind(const base::SocketAddress& local, Socket::Handler handler = {});
  std::shared_ptr<Socket> bind(std::uint16_t port, Socket::Handler handler = {});

  // ---- streams (sim/stream.hpp)
  using Accept = std::function<void(const std::shared_ptr<Stream>&)>;
  /// `accept` is called once a stream is open, and puts its handlers on it.
  void listen(std::uint16_t port, Accept accept);
  void stop_listening(std::uint16_t port) { listeners_.erase(port); }
  std::shared_ptr<Stream> connect(const base::SocketAddress& remote, StreamHandlers handlers,
                                  const StreamOptions& options = {});
  /// For the streams that are accepted from now on.
  StreamOptions accepted_streams;

  // ---- trouble
  /// All its interfaces, both ways: nothing gets in or out, and nobody is told.
  void cut();
  void mend();
  /// Its program was killed: sockets and listeners are gone, streams are reset and the other ends hear of it.
  /// No handler is called.
  void kill();
  /// It lost its power: as kill(), but nothing goes out, and nothing is answered until boot().
  void crash();
  void boot() { on_ = true; }
  [[nodiscard]] bool is_on() const { return on_; }

  // ---- looking on
  /// Called for every packet that it sends or that reaches it, as by a packet capture (sim/pcap.hpp).
  using Tap = std::function<void(base::Time, const Packet&)>;
  void set_tap(Tap tap) { tap_ = std::move(tap); }

 private:
  friend class Socket;
  friend class Stream;

  struct StreamKey {
    base::SocketAddress local;
    base::SocketAddress remote;
  };
  struct StreamKeyLess {
    bool operator()(const StreamKey& a, const StreamKey& b) const;
  };

  void send(Packet packet);
  void receive(Packet packet);
  void receive_datagram(const Packet& packet);
  void receive_segment(Packet packet);
  void refuse(const Packet& packet);
  void forget(const Stream& stream);
  void forget_everything();
  void handle_too_large(Protocol protocol, const base::SocketAddress& from, const base::SocketAddress& to,
                        std::size_t mtu) override;
  void drop(const Packet& packet, Fate fate);
  [[nodiscard]] bool owns(const base::IpAddress& address) const;
  /// The interface and the address that a packet to `destination` leaves by; none without one of its kind.
  [[nodiscard]] std::pair<Interface*, base::IpAddress> way_to(const base::IpAddress& destination) const;
  [[nodiscard]] Interface* interface_of(const base::IpAddress& address) const;
  [[nodiscard]] std::shared_ptr<Socket> socket_for(const base::SocketAddress& local) const;
  std::uint16_t ephemeral_port();

  World& world_;
  std::string name_;
  std::vector<Interface*> interfaces_;
  std::map<base::SocketAddress, std::shared_ptr<Socket>, AddressLess> sockets_;
  std::map<StreamKey, std::shared_ptr<Stream>, StreamKeyLess> streams_;
  std::map<std::uint16_t, Accept> listeners_;
  std::uint16_t next_port_ = kFirstEphemeralPort;
  bool on_ = true;
  Tap tap_;
};

}  // namespace parlor::sim
