package adversary

import (
	"errors"
	"slices"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/sim/world"
)

// Attack is one thief's plan.
type Attack struct {
	Name      string
	Guarantee string // the first one it would break: G1 to G6
	Wants     error  // the code that refuses it, or ErrPowerless

	// Run tells the story on a Cast of its own. It returns nil if the thief
	// got what he wanted, and otherwise what stopped him. With undo it tells
	// the same story without the attack.
	Run func(c *world.Cast, undo bool) error
}

// ErrPowerless is the end of an attack that was taken and changed nothing for
// its victim.
var ErrPowerless = errors.New("the attack has no effect")

// All returns every attack, ascending by name.
func All() []Attack {
	all := slices.Concat(actions, versions, fills, groups, custodies, locks, settlements, enclaves, challenges, powers)
	slices.SortFunc(all, func(a, b Attack) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return all
}

// The attacks by what they attack.
var (
	actions = []Attack{
		mintByDummy, mintAsset, mintFee, mintNegative, mintCommitment, mintInventedNote, mintOwnAnchor,
		convertByFraction, withdrawThirdAsset,
		spendTwice, spendTwiceInBlock, spendTwiceInAction, spendTwiceElsewhere, spendTwiceFreely, spendModulus, spendWithTorsion,
		orderAsNote, noteAsOrder,
		stealWithProverKey, stealWithOwnKey, stealKnownNote, burnByDummy,
		replayCiphertext, replayRecipient, replayChain,
		feeInNothing, feeFlatExit, feeNone, anchorStale, epochStale, turnstileOverdraw, proofOfAnother,
	}
	versions = []Attack{
		circuitsOtherVersion, circuitsDowngraded, circuitsRetired, settleRetired, governShortOverlap, governSkippedCircuits,
	}
	fills = []Attack{
		fillUnderMinimum, fillPastLimitSell, fillPastLimitBuy, fillOutsideBand, fillAfterExpiry, fillAboveFee,
		fillProceedsToAnother, fillRefundToAnother, fillRemainderRewritten, fillReportGarbled,
		fillFreeNullifier, fillValueTampered, fillBeyondQuantity, fillPaddingMints, fillInventedOrder,
		fillUnderfunded, fillOverfunded, fillOtherMarket, fillTooYoung, fillPathTampered,
	}
	groups = []Attack{
		collectReferenceOfAnotherHeight, collectOffTick, collectPriceZero, collectDeviationHidden,
		collectOtherFeeRate, collectFeeToAnother, collectFeeMinted,
		settleUnbalanced, settleLegsCancel, settleWrongSign, settleBindingTampered,
	}
	custodies = []Attack{
		depositForged, depositByStrangers, depositAltered, depositReplayed, depositOnAnotherChain, depositOverLimit, depositOverflow, depositOverCap,
		claimPaidTwice, claimReturnedAfterPayment, claimReturnedTwice, claimReturnForged, withdrawTwice,
	}
	locks = []Attack{
		lockForged, lockByFew, lockByOneOperator, lockAltered, lockOfAnotherChain, lockStale, lockAhead,
		lockReplayed, lockSuperseded, lockNotLeader, lockPausesExit, lockForEver, lockSpent, lockLocked,
		lockTooMany, lockExitDummies, lockExitRetries, lockBeforeReset, spendLocked,
	}
	settlements = []Attack{
		settleWithoutLock, settleExpired, settleTwice, settleSwappedGroup, settleOtherOutcome,
		settleOutsideLock, settleOrderTwice, settleOddSize,
	}
	enclaves = []Attack{
		workerFakeEvidence, workerStolenEvidence, workerOtherImage, workerStaleHead, workerByStranger,
		workerForgedOperator, workerSamePlatform,
		epochSpam, epochSkipped, epochByFew, epochScheduleHidden, epochResetAlive, epochResetByOld,
		heartbeatReplayed, printEarly, printOffGrid,
	}
	challenges = []Attack{
		challengeNotSigner, challengeOld, challengeReplayed, challengeFree, challengeStripped, challengeRedirected,
		answerByAnother, answerAltered, answerTwice, answerLate, workerSuspended,
	}
	powers = []Attack{
		governLongLocks, governShortWindow, governShortRest, governShortGrace, governHighFee, governSmallQuorum,
		governExitFee, governMinority, governAltered, governReplayed, governRedefinedMarket, governSplitSigners, governAssetTwice,
		oracleForged, oracleMinority, oracleReplayed, oracleOutlier, oracleLowball, oracleCrossed, blockLastLook,
	}
)

// execute admits actions and waits until they are due.
func execute(c *world.Cast, txs ...[]byte) error {
	done, err := c.Execute(txs...)
	if err == nil && !done {
		err = ErrPowerless
	}
	return err
}

// either returns what an attack needs, or what undoes it.
func either[T any](undo bool, attack, control T) T {
	if undo {
		return control
	}
	return attack
}

// negative returns −v in the field.
func negative(v uint64) field.Element {
	e := field.FromUint64(v)
	e.Neg(&e)
	return e
}
