#include "dtls/datagram_bio.hpp"

#include <openssl/bio.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cassert>
#include <cstdlib>

#include "crypto/fatal.hpp"

namespace parlor::dtls {
namespace {

// What an hour of handshakes cannot reach: more of it is lost, as on the way.
constexpr std::size_t kMostDatagrams = 64;

}  // namespace

struct DatagramBio::Callbacks {
  static DatagramBio& end_of(BIO* bio) { return *static_cast<DatagramBio*>(BIO_get_data(bio)); }

  static int write(BIO* bio, const char* data, int size) {
    BIO_clear_retry_flags(bio);
    if (size <= 0) return 0;
    DatagramBio& end = end_of(bio);
    if (end.outgoing_.size() < kMostDatagrams) {
      const base::BytesView bytes = std::as_bytes(std::span(data, static_cast<std::size_t>(size)));
      end.outgoing_.emplace_back(bytes.begin(), bytes.end());
    }
    return size;
  }

  static int read(BIO* bio, char* out, int size) {
    BIO_clear_retry_flags(bio);
    DatagramBio& end = end_of(bio);
    if (end.incoming_.empty() || size <= 0) {
      BIO_set_retry_read(bio);
      return -1;
    }
    const std::size_t count = std::min(end.incoming_.size(), static_cast<std::size_t>(size));
    const base::BytesView taken = end.incoming_.first(count);
    std::transform(taken.begin(), taken.end(), out, [](std::byte byte) { return static_cast<char>(byte); });
    end.incoming_ = {};  // what did not fit is lost, as with a socket
    return static_cast<int>(count);
  }

  static long control(BIO* bio, int command, long, void* pointer) {
    switch (command) {
      case BIO_CTRL_FLUSH:
        return 1;
      case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT:
        end_of(bio).note_timer(static_cast<timeval*>(pointer));
        return 1;
      default:
        return 0;
    }
  }

  static const BIO_METHOD* method() {
    static const BIO_METHOD* const made = [] {
      BIO_METHOD* const method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams");
      if (method == nullptr || BIO_meth_set_write(method, &write) != 1 ||
          BIO_meth_set_read(method, &read) != 1 || BIO_meth_set_ctrl(method, &control) != 1) {
        crypto::fatal("a BIO");
      }
      return method;
    }();
    return made;
  }
};

bio_st* DatagramBio::make_bio() {
  BIO* const bio = BIO_new(Callbacks::method());
  if (bio == nullptr) crypto::fatal("a BIO");
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

void DatagramBio::note_timer(timeval* next) {
  const bool runs = next->tv_sec != 0 || next->tv_usec != 0;
  timer_ = runs ? Timer::started : Timer::stopped;
  if (reaches_timer_) next_timeout_ = next;
}

bool DatagramBio::openssl_reaches_timer() {
  return OPENSSL_version_major() == 3 && OPENSSL_version_minor() < 2;
}

void DatagramBio::expire() {
  if (next_timeout_ == nullptr) return;
  next_timeout_->tv_sec = 1;  // in 1970; 0 would be "does not run"
  next_timeout_->tv_usec = 0;
}

}  // namespace parlor::dtls
