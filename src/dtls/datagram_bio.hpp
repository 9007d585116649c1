#pragma once
// Where OpenSSL's handshake reads and writes: memory that keeps the bounds of datagrams, which its own memory
// BIO does not. It also sees when OpenSSL starts and stops its timer, and can make it run out.
//
// OpenSSL's timer reads the wall clock. Here it must follow the time that machines are told, so it is set to
// an hour that never passes (kNever), its starts and stops are noted for whoever keeps the real deadline, and
// expire() moves it into the past through the pointer that OpenSSL hands its BIO with every change
// (BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT). In OpenSSL 3.0 and 3.1 it points to the timer itself; from 3.2 on to a
// copy, so that nothing is written there and the timer is a short one of its own (kSoon), which has run out
// by the time that ours has.

#include <cstdint>
#include <utility>
#include <vector>

#include "base/bytes.hpp"

struct bio_st;
struct timeval;

namespace parlor::dtls {

class DatagramBio {
 public:
  enum class Timer : std::uint8_t { untouched, started, stopped };

  static constexpr unsigned kNever = 3'600'000'000;  // µs
  static constexpr unsigned kSoon = 20'000;          // 15 ms and less count as none

  [[nodiscard]] static bool openssl_reaches_timer();

  /// `reaches_timer`: whether OpenSSL's pointer is to be used.
  explicit DatagramBio(bool reaches_timer = openssl_reaches_timer()) : reaches_timer_(reaches_timer) {}
  DatagramBio(const DatagramBio&) = delete;
  DatagramBio& operator=(const DatagramBio&) = delete;

  /// A BIO of OpenSSL's that ends here. Owned by whoever it is given to; this must outlive it.
  [[nodiscard]] bio_st* make_bio();

  /// What is read next, whole. Not copied: it must live until it was read.
  void set_incoming(base::BytesView datagram) { incoming_ = datagram; }
  /// What was written since the last time.
  [[nodiscard]] std::vector<base::Bytes> take_outgoing() { return std::exchange(outgoing_, {}); }
  /// What has happened to the timer since the last time.
  [[nodiscard]] Timer take_timer() { return std::exchange(timer_, Timer::untouched); }

  /// How long OpenSSL is told that its timer runs, in microseconds.
  [[nodiscard]] unsigned timer_duration() const { return reaches_timer_ ? kNever : kSoon; }
  /// Precondition: the timer runs, and its SSL lives.
  void expire();

 private:
  struct Callbacks;
  void note_timer(timeval* next);

  bool reaches_timer_;
  base::BytesView incoming_;
  std::vector<base::Bytes> outgoing_;
  Timer timer_ = Timer::untouched;
  timeval* next_timeout_ = nullptr;  // OpenSSL's own, or nothing
};

}  // namespace parlor::dtls
