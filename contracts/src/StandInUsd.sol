// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title The collateral's stand-in: an ERC-20 of six decimals.
/// @notice For tests on a local chain. Anybody may mint; it keeps no state but balances and allowances, so
/// that its code works at any address.
contract StandInUsd {
    /// @notice The digits behind the point.
    uint8 public constant decimals = 6;
    /// @notice What an account has, in millionths.
    mapping(address => uint256) public balanceOf;
    /// @notice What a spender may take from an owner, in millionths.
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 amount);
    event Approval(address indexed owner, address indexed spender, uint256 amount);

    error InsufficientBalance(address from, uint256 has, uint256 needs);
    error InsufficientAllowance(address spender, uint256 has, uint256 needs);

    /// @notice Makes money for somebody.
    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
        emit Transfer(address(0), to, amount);
    }

    /// @notice Lets a spender take up to so much.
    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
        return true;
    }

    /// @notice Pays.
    function transfer(address to, uint256 amount) external returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    /// @notice Takes from somebody who allows it; the largest allowance is never used up.
    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        uint256 allowed = allowance[from][msg.sender];
        if (allowed < amount) revert InsufficientAllowance(msg.sender, allowed, amount);
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - amount;
        _move(from, to, amount);
        return true;
    }

    function _move(address from, address to, uint256 amount) private {
        uint256 has = balanceOf[from];
        if (has < amount) revert InsufficientBalance(from, has, amount);
        balanceOf[from] = has - amount;
        balanceOf[to] += amount;
        emit Transfer(from, to, amount);
    }
}
