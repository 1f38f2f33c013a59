// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title The conditional tokens' stand-in: the part of ERC-1155 that is asked for, and payouts.
/// @notice For tests on a local chain. Anybody may mint and anybody may resolve; receivers are not called.
contract StandInTokens {
    /// @notice What an account has of a token, in millionths.
    mapping(address => mapping(uint256 => uint256)) public balanceOf;
    /// @notice Whether an operator may take all of an owner's tokens.
    mapping(address => mapping(address => bool)) public isApprovedForAll;
    /// @notice What each outcome of a condition pays, as a share of the denominator. Reverts where there is none.
    mapping(bytes32 => uint256[]) public payoutNumerators;
    /// @notice What all outcomes pay together; zero while the condition is not resolved.
    mapping(bytes32 => uint256) public payoutDenominator;

    event TransferSingle(
        address indexed operator, address indexed from, address indexed to, uint256 id, uint256 amount
    );
    event ApprovalForAll(address indexed owner, address indexed operator, bool approved);

    error InsufficientBalance(address from, uint256 id, uint256 has, uint256 needs);
    error NotApproved(address operator, address from);

    /// @notice Makes tokens for somebody.
    function mint(address to, uint256 id, uint256 amount) external {
        balanceOf[to][id] += amount;
        emit TransferSingle(msg.sender, address(0), to, id, amount);
    }

    /// @notice Lets an operator take everything, or no longer.
    function setApprovalForAll(address operator, bool approved) external {
        isApprovedForAll[msg.sender][operator] = approved;
        emit ApprovalForAll(msg.sender, operator, approved);
    }

    /// @notice Gives tokens; the data is for receivers, which are not called here.
    function safeTransferFrom(address from, address to, uint256 id, uint256 amount, bytes calldata) external {
        if (from != msg.sender && !isApprovedForAll[from][msg.sender]) revert NotApproved(msg.sender, from);
        uint256 has = balanceOf[from][id];
        if (has < amount) revert InsufficientBalance(from, id, has, amount);
        balanceOf[from][id] = has - amount;
        balanceOf[to][id] += amount;
        emit TransferSingle(msg.sender, from, to, id, amount);
    }

    /// @notice Says what a condition pays.
    function resolve(bytes32 condition, uint256 first, uint256 second) external {
        payoutNumerators[condition] = [first, second];
        payoutDenominator[condition] = first + second;
    }
}
