#pragma once
// The WebRTC connections of one room (rtc::Connection) over UDP sockets of its own: one for each address of
// this machine, shared by all connections of the room. Each member of a room has one port for all of it, so
// two of them are never connected by more than one connection between the same two ports, which DTLS could
// not tell apart (rtc/demultiplexer.hpp).
//
// Sockets are opened with the first carrier. When an address of the machine comes or goes, connections learn
// of it and look for a new way.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/system_random.hpp"
#include "native/carrier_port.hpp"
#include "native/interfaces.hpp"
#include "native/resolver.hpp"
#include "native/udp_socket.hpp"
#include "rtc/connection.hpp"
#include "rtc/demultiplexer.hpp"

namespace parlor::platform::native {

class RtcCarriers final : public CarrierPort {
 public:
  RtcCarriers(Loop& loop, CarrierOwner& owner, const std::vector<ChannelOptions>& channels);
  ~RtcCarriers() override;

  void open(const room::OpenCarrier& open) override;
  void set_polite(const room::SetPolite& set) override;
  void take(const room::CarrierSignal& signal) override;
  void send(const room::CarrierSend& send) override;
  void restart(const room::RestartCarrier& restart) override;
  void close(const room::CloseCarrier& close) override;
  [[nodiscard]] std::size_t buffered(room::CarrierId carrier, Channel channel) const override;
  void flush() override;

 private:
  struct Carrier;
  struct Shared;  // what posts and resolutions refer to, which may outlive this
  struct Port {
    std::unique_ptr<UdpSocket> socket;
    std::uint16_t preference = 0;
  };

  [[nodiscard]] Carrier* find(room::CarrierId id) const;
  void begin(Carrier& carrier);
  void ask_servers(Carrier& carrier, const std::vector<IceServer>& servers);
  void end(Carrier& carrier);
  void touch(Carrier& carrier);
  void run();
  void transmit(Carrier& carrier);
  void tell(const std::shared_ptr<Carrier>& carrier);
  void tell_event(Carrier& carrier, rtc::Event& event);
  void tell_buffered(Carrier& carrier);
  [[nodiscard]] std::string_view fault_of(const Carrier& carrier) const;
  void tell_stats();
  void receive(const base::SocketAddress& local, const base::SocketAddress& from, std::span<std::byte> bytes);
  void open_sockets();
  void look_at_interfaces();
  bool open_port(const base::IpAddress& ip);
  void send_out();

  Loop& loop_;
  CarrierOwner& owner_;
  std::vector<bool> ordered_;  ///< by channel; the link's own is the last
  crypto::SystemRandom random_;
  std::vector<Port> ports_;
  std::size_t opened_ports_ = 0;  ///< so far
  std::unique_ptr<InterfaceWatch> interfaces_;
  rtc::Demultiplexer demultiplexer_;
  std::map<room::CarrierId, std::shared_ptr<Carrier>> carriers_;
  std::set<room::CarrierId> touched_;
  Loop::Timer stats_timer_;
  std::shared_ptr<Shared> shared_;
  bool posted_ = false;
  bool measuring_ = false;
  std::vector<std::byte> frame_;  ///< one that is being sent; its memory is kept
};

}  // namespace parlor::platform::native
