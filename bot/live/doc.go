// Package live runs a trading strategy (package bot) with a wallet on a chain:
// it shows the strategy its market block by block, and carries its instructions
// out as actions of the wallet.
//
// THE INVARIANT: whatever the strategy asks for, and whatever settles of what is
// already placed, the position stays within its limit; no instruction is carried
// out twice, nor by two lives of one bot; no order is placed before the enclaves
// have been told to drop all of them should the bot fall silent.
//
// What a bot holds is a function of the chain: the position is the sum of the
// wallet's fills in the market since the block where the bot's work began. So a
// bot that was killed goes on from what the chain says, and the one thing that it
// keeps on disk is where its work began (Job). It takes every order of the wallet
// in its market for its own: give it a wallet of its own.
//
//	chain --Sync--> wallet --View--> Strategy --Instructions--> tickets --Plan, Send--> chain
//
// A Desk belongs to one goroutine, which is its wallet's.
package live
