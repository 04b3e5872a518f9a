//! Plays one story to its end and takes the figures.

use std::time::{Duration, Instant};

use anyhow::ensure;
use sandbox::names;
use sandbox::profile::Profile;

use super::aws::Aws;
use super::deployer::Deployer;
use super::dice::Dice;
use super::figures::Figures;
use super::fleet::Fleet;
use super::story::Story;
use super::{machine, setting};

/// No deployment takes longer in its own time; one that does is stuck.
const TOO_LONG: Duration = Duration::from_hours(48);

/// Small fleets are played so often that as many members are replaced.
const ENOUGH: u32 = 1000;

/// Plays the story as often as it takes for a figure.
pub(crate) fn run(story: Story, members: u32) -> anyhow::Result<Figures> {
    let rounds = (ENOUGH / members).max(1);
    let mut sum = play(story, members, 1)?;
    for seed in 2..=rounds {
        let next = play(story, members, seed.into())?;
        sum.launching += next.launching;
        sum.deploying += next.deploying;
        sum.processor += next.processor;
        sum.answering += next.answering;
        sum.reading += next.reading;
    }
    for seconds in [
        &mut sum.launching,
        &mut sum.deploying,
        &mut sum.processor,
        &mut sum.answering,
        &mut sum.reading,
    ] {
        *seconds /= f64::from(rounds);
    }
    sum.rounds = rounds;
    sum.memory = machine::peak_memory()?;
    Ok(sum)
}

fn play(story: Story, size: u32, seed: u64) -> anyhow::Result<Figures> {
    let members = usize::try_from(size)?;
    let begun = Instant::now();
    let setting = setting::make(members, seed)?;
    let interval = Profile::aws().target_group.interval;
    let mut fleet = Fleet::new(story, setting.target_group.clone(), interval, seed);
    let mut aws = Aws::new(setting.world, setting.start);
    come_up(&mut aws, &mut fleet)?;
    let launching = begun.elapsed().as_secs_f64();

    let (begun, start, before) = (Instant::now(), aws.now, fleet.count);
    let processor = machine::processor_time()?;
    aws = Aws::new(aws.world, aws.now);
    let template = setting.template.to_string();
    let target_group = setting.target_group;
    let mut deployer = Deployer::begin(&mut aws, story, members, template, target_group)?;
    let moments = deploy(&mut aws, &mut fleet, &mut deployer, seed)?;
    Ok(Figures {
        members: size,
        rounds: 1,
        launching,
        deploying: begun.elapsed().as_secs_f64(),
        processor: machine::processor_time()? - processor,
        answering: aws.answering.as_secs_f64(),
        reading: deployer.reading.as_secs_f64(),
        simulated: aws.now.duration_since(start).as_secs_f64(),
        events: fleet.count - before + moments,
        looks: deployer.looks,
        failures: deployer.failures,
        calls: aws.calls,
        bytes: aws.bytes,
        memory: 0,
    })
}

/// Until every member serves, and well beyond its grace period.
fn come_up(aws: &mut Aws, fleet: &mut Fleet) -> anyhow::Result<()> {
    let end = aws.now + TOO_LONG;
    fleet.play(aws)?;
    let mut checked = aws.now;
    while aws.now < checked + Duration::from_mins(1) || !aws.world.settled(names::GROUP) {
        if aws.now >= checked + Duration::from_mins(1) {
            checked = aws.now;
        }
        ensure!(aws.now < end, "the group does not come up");
        turn(aws, fleet)?;
    }
    Ok(())
}

/// Until the deployer is done. Answers at how many moments something happened.
fn deploy(
    aws: &mut Aws,
    fleet: &mut Fleet,
    deployer: &mut Deployer,
    seed: u64,
) -> anyhow::Result<u64> {
    let end = aws.now + TOO_LONG;
    let mut dice = Dice::new(seed);
    let mut look_at = aws.now;
    let mut moments = 0;
    loop {
        fleet.play(aws)?;
        if aws.now >= look_at {
            if deployer.step(aws)? {
                return Ok(moments);
            }
            look_at = aws.now + dice.around(Deployer::rest());
            fleet.play(aws)?;
        }
        ensure!(aws.now < end, "the deployment does not end");
        let next = fleet.next(aws).map_or(look_at, |at| at.min(look_at));
        aws.now = aws.now.max(next);
        moments += 1;
    }
}

fn turn(aws: &mut Aws, fleet: &mut Fleet) -> anyhow::Result<()> {
    let next = fleet.next(aws);
    let next = next.ok_or_else(|| anyhow::anyhow!("nothing happens any more"))?;
    aws.now = aws.now.max(next);
    fleet.play(aws)
}
