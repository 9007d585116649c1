#include "sctp/packet/cause.hpp"

#include "sctp/packet/test_support.hpp"

namespace parlor::sctp {
namespace {

TEST(Cause, ComesBackAndNothingIsNone) {
  const base::Bytes bytes = write_cause(CauseCode::user_abort, base::as_bytes("bye"));
  const Cause cause = read_cause(bytes);
  EXPECT_EQ(cause.code, CauseCode::user_abort);
  EXPECT_EQ(base::as_text(cause.info), "bye");
  EXPECT_EQ(read_cause({}).code, CauseCode::none);
  EXPECT_EQ(read_cause(bytes_of({0, 12, 0, 9, 1})).code, CauseCode::none) << "does not fit";
  EXPECT_EQ(read_cause(write_cause(CauseCode::user_abort, base::Bytes(100'000))).info.size(), 512U);
}

}  // namespace
}  // namespace parlor::sctp
