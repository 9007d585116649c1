#pragma once
// A connection as TCP gives it: bytes in order, or the end of it. It is a small TCP of its own over the same
// links that datagrams take, so loss becomes delay (retransmission after RFC 6298, congestion control after
// RFC 5681, recovery by selective acknowledgements after RFC 6675), an outage stalls it, and a peer that
// vanished is missed only after a timeout. Left out: delayed acknowledgements, Nagle's algorithm (as with
// TCP_NODELAY), urgent data, simultaneous open.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "sim/packet.hpp"
#include "sim/world.hpp"

namespace parlor::sim {

class Host;

enum class StreamEnd : std::uint8_t {
  finished,   ///< both sides have closed, and all bytes have arrived
  reset,      ///< by the other side, or by reset_after()
  timed_out,  ///< nothing came through for StreamOptions::give_up
  refused,    ///< nobody listens there
};

/// What it calls; each may be empty, and may do anything to the stream.
struct StreamHandlers {
  std::function<void()> opened;
  std::function<void(base::BytesView)> received;
  std::function<void()> writable;        ///< there is room again after send() did not take all
  std::function<void()> peer_closed;     ///< the other side sends no more; when empty, close() is called
  std::function<void(StreamEnd)> ended;  ///< once, and nothing after it; not after one's own reset()
};

struct StreamOptions {
  std::size_t segment = 1220;  ///< payload of a segment: 1,280 bytes with the headers of IPv6 (RFC 8200 §5)
  std::size_t send_buffer = 256 * 1024;
  std::size_t receive_buffer = 256 * 1024;
  base::Duration connect_timeout = base::seconds(20);
  base::Duration give_up = base::seconds(60);  ///< without an answer; operating systems have up to 15 minutes
  base::Duration
      keep_alive{};  ///< asks the other side after so much silence; 0: never, a dead one is not missed
  base::Duration shortest_timeout = base::milliseconds(200);  ///< as Linux; RFC 6298 has 1 s
};

class Stream : public std::enable_shared_from_this<Stream> {
 public:
  static constexpr base::Duration kFirstTimeout = base::seconds(1);     // RFC 6298 §2.1
  static constexpr base::Duration kLongestTimeout = base::seconds(60);  // §2.5
  /// How long an ended stream still answers what is sent again: 2 MSL (RFC 9293 §3.4.2).
  static constexpr base::Duration kLinger = base::seconds(240);

  struct Stats {
    std::uint64_t segments = 0;  ///< with bytes or FIN, sent again or not
    std::uint64_t resent = 0;
    std::uint64_t timeouts = 0;
    std::uint64_t received_bytes = 0;
  };

  /// By Host::connect() and Host::listen() only.
  Stream(Host& host, const base::SocketAddress& local, const base::SocketAddress& remote,
         const StreamOptions& options);

  [[nodiscard]] const base::SocketAddress& local() const { return local_; }
  [[nodiscard]] const base::SocketAddress& remote() const { return remote_; }
  /// Not from inside one of them.
  void set_handlers(StreamHandlers handlers) { handlers_ = std::move(handlers); }

  /// How many bytes it took: less than all when its buffer is full, none before it is open or after close().
  std::size_t send(base::BytesView bytes);
  /// Bytes that the other side has not acknowledged yet.
  [[nodiscard]] std::size_t buffered() const { return buffer_.size(); }
  [[nodiscard]] bool is_open() const { return state_ == State::open; }
  [[nodiscard]] bool has_ended() const { return state_ == State::ended; }
  /// Sends what is buffered, then says that no more will come.
  void close();
  /// Ends it at once; the other side is told, if that gets through.
  void reset();
  /// A slow reader: while paused nothing is received, the buffer fills, and the other side has to stop.
  void pause();
  void resume();

  // ---- trouble
  /// Resets it for both sides once the other has got exactly the first `bytes` bytes that this side sent.
  void reset_after(std::uint64_t bytes);

  [[nodiscard]] const Stats& stats() const { return stats_; }
  [[nodiscard]] base::Duration smoothed_round_trip() const { return smoothed_; }

 private:
  friend class Host;
  enum class State : std::uint8_t { connecting, accepting, open, ended };

  // Host
  void begin_connecting();
  void begin_accepting(const Packet& syn, std::function<void(const std::shared_ptr<Stream>&)> accept);
  void receive(Packet packet);
  void handle_too_large(std::size_t mtu);
  void vanish();

  // Sending (stream_send.cpp)
  void pump();
  struct Piece {
    std::uint64_t sequence = 0;
    std::size_t count = 0;
  };
  [[nodiscard]] Piece next_piece() const;
  [[nodiscard]] Piece first_hole() const;
  [[nodiscard]] std::uint64_t sacked_between(std::uint64_t from, std::uint64_t to) const;
  [[nodiscard]] std::uint64_t flight() const;
  void note_received(const Segment& segment);
  void send_data(std::uint64_t sequence, std::size_t count);
  void send_syn();
  void send_control(bool rst);
  void send_packet(Segment segment, base::Bytes bytes);
  void handle_acknowledgement(const Packet& packet);
  void advance(std::uint64_t acknowledged);
  void count_duplicate();
  void sample_round_trip();
  void derive_timeout();
  [[nodiscard]] bool may_finish() const;
  void handle_timeout();
  void arm_timeout();

  // Receiving and ending (stream.cpp)
  void handle_handshake(const Packet& packet);
  void open();
  void take_bytes(Packet packet);
  [[nodiscard]] std::vector<std::pair<std::uint64_t, std::uint64_t>> early_ranges() const;
  void hand_over();
  void handle_peer_close();
  [[nodiscard]] std::uint32_t window() const;
  void finish_if_done();
  void watch_silence();
  void end(StreamEnd how, bool lingers);

  Host& host_;
  World& world_;
  base::SocketAddress local_;
  base::SocketAddress remote_;
  StreamOptions options_;
  StreamHandlers handlers_;
  std::function<void(const std::shared_ptr<Stream>&)> accept_;
  State state_ = State::connecting;
  bool lingers_ = false;
  bool silent_ = false;  // its program is gone, or does not want to hear more
  base::Time heard_at_;
  World::Timer silence_timer_;
  Stats stats_;

  // Sequence numbers: SYN is 0, the first byte 1, FIN follows the last byte.
  std::deque<std::byte> buffer_;  // from acked_ on
  std::uint64_t acked_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t highest_ = 0;  // sent ever; next_ goes back after a timeout
  std::uint64_t written_ = 1;
  bool closing_ = false;
  bool wants_room_ = false;
  std::optional<std::uint64_t> limit_;  // of reset_after()
  std::uint32_t peer_window_ = 0;
  std::uint64_t congestion_window_ = 0;
  std::uint64_t slow_start_end_ = ~std::uint64_t{0};
  int duplicates_ = 0;
  std::map<std::uint64_t, std::uint64_t> sacked_;  // from … to: arrived there, beyond acked_
  std::optional<std::uint64_t> recovering_until_;
  std::uint64_t resent_until_ = 0;        // in this recovery
  std::uint64_t no_recovery_before_ = 0;  // after a timeout all is sent again anyway
  base::Duration smoothed_{};
  base::Duration variation_{};
  base::Duration timeout_ = kFirstTimeout;
  std::optional<std::pair<std::uint64_t, base::Time>> timed_;  // one segment at a time
  base::Time progress_at_;
  World::Timer timer_;

  std::uint64_t expected_ = 0;
  std::map<std::uint64_t, base::Bytes> early_;  // beyond a gap; bounded by the window
  std::optional<std::uint64_t> fin_at_;
  bool fin_received_ = false;
  bool peer_closed_ = false;  // and the handler knows: all before it is read
  base::Bytes unread_;
  bool paused_ = false;
  bool handing_over_ = false;
};

}  // namespace parlor::sim
